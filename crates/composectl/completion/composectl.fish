# fish completion of composectl: composectl itself knows the candidates.
function __composectl_candidates
    set -l typed (commandline -ct)
    set -l words (commandline -opc)
    set -l lines ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
    set -q lines[1]; or return
    set -l how (string replace -r '^:' '' -- $lines[-1])
    string match -qr '^[0-9]+$' -- $how; or return
    set -e lines[-1]
    # Behind `--flag=` only the value is named.
    set -l before (string match -r -- '^-[^=]*=' $typed)
    set -l value (string replace -r -- '^-[^=]*=' '' $typed)
    if test (math "bitand($how, 16)") -ne 0
        set lines (__fish_complete_directories $value '')
    else if test (math "bitand($how, 4)") -eq 0; and not set -q lines[1]
        set lines (__fish_complete_path $value '')
    end
    for line in $lines
        echo -- "$before$line"
    end
end
complete -c composectl -f -a '(__composectl_candidates)'
