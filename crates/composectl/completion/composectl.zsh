#compdef composectl
# zsh completion of composectl: composectl itself knows the candidates.
_composectl() {
  local -a lines candidates
  lines=("${(@f)$(${(Q)words[1]} __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  [[ ${lines[-1]} == :* ]] || return 1
  local how=${lines[-1]#:} line
  lines=("${(@)lines[1,-2]}")
  for line in "${lines[@]}"; do
    # A name, a tab, what it is; `:` is the border that `_describe` knows.
    [[ -n $line ]] && candidates+=("${${line%%$'\t'*}//:/\\:}${${(M)line:#*$'\t'*}:+:${line#*$'\t'}}")
  done
  [[ ${words[CURRENT]} == -*=* ]] && compset -P '*='
  local -a options
  ((how & 2)) && options=(-S '')
  if ((how & 16)); then
    _files -/
  elif ((${#candidates})); then
    _describe -V composectl candidates "${options[@]}"
  elif ((!(how & 4))); then
    _files
  fi
}
if [[ ${funcstack[1]} == _composectl ]]; then _composectl "$@"; else compdef _composectl composectl; fi
