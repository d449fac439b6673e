# bash completion of composectl: composectl itself knows the candidates. Needs nothing but bash 4.4.
_composectl() {
  # bash breaks words at `=` and `:` too; only blanks end one.
  local words=() rest=${COMP_LINE#*"${COMP_WORDS[0]}"} piece i
  for ((i = 1; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    if [[ ${#words[@]} -eq 0 || $rest == [[:blank:]]* ]]; then words+=("$piece"); else words[-1]+=$piece; fi
    rest=${rest#"${rest%%[![:blank:]]*}"}
    rest=${rest#"$piece"}
  done
  for i in "${!words[@]}"; do
    words[i]=${words[i]//\\/}
    if [[ ${words[i]} == \~/* ]]; then words[i]=$HOME${words[i]:1}; fi
  done

  local lines=() how
  mapfile -t lines < <("${COMP_WORDS[0]/#\~\//$HOME/}" __completeNoDesc "${words[@]}" 2>/dev/null)
  [[ ${#lines[@]} -gt 0 && ${lines[-1]} == :* ]] || return 0
  how=${lines[-1]#:}
  unset 'lines[-1]'
  COMPREPLY=("${lines[@]}")
  if ((how & 2)); then compopt -o nospace; fi
  local typed=${words[-1]}
  if [[ $typed == -*=* ]]; then typed=${typed#*=}; fi
  if ((how & 16)); then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$typed")
  elif ((!(how & 4) && ${#lines[@]} == 0)); then
    compopt -o default
  fi
}
complete -F _composectl composectl
