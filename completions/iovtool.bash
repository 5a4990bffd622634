# shellcheck shell=bash
# Completion of iovtool for bash. What may be written where, the program itself says.
#
# bash cuts words at each character of COMP_WORDBREAKS, and so at the "@", ":" and "=" of segments and
# options. Here they are put together again; only the last part, which bash calls $2, is replaced.

# _iovtool_words: the words of the line up to the cursor -> words.
_iovtool_words() {
  local rest=${COMP_LINE:0:COMP_POINT} text i
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    text=${rest#"${rest%%[![:blank:]]*}"}
    [[ $text == "$rest" && $i != 0 ]] || words+=('')
    ((i < COMP_CWORD)) || break
    words[-1]+=${COMP_WORDS[i]}
    rest=${text#"${COMP_WORDS[i]}"}
  done
  words[-1]+=$text
}

# _iovtool_offer WORD...: those that the word at the cursor is the start of.
_iovtool_offer() {
  local word
  for word; do
    [[ $word == "$cur"* ]] || continue
    printf -v word %q "${word#"$kept"}"
    COMPREPLY+=("$word")
  done
}

# _iovtool_names HEAD: HEAD with each name of a file that may follow it in the word at the cursor.
_iovtool_names() {
  local names i
  mapfile -t names < <(compgen -f -- "${cur#"$1"}")
  for i in "${!names[@]}"; do
    [[ ! -d ${names[i]} ]] || names[i]+=/
  done
  _iovtool_offer "${names[@]/#/$1}"
}

# _iovtool_file HEAD: a file, with HEAD before its name. Mostly readline does it, quotes and all, but
# it would take an "@" for the start of a name, and what follows one is mostly a range.
_iovtool_file() {
  if [[ $cur == *@* ]]; then
    _iovtool_names "$1"
  else
    compopt -o default
  fi
}

# _iovtool_answers WORD...: what the program says may stand in the place of the last of them.
_iovtool_answers() {
  local answer words=() files=()
  while IFS=$'\t' read -r answer _; do
    case $answer in
      *'<file>') files+=("${answer%<file>}") ;;
      *) words+=("$answer") ;;
    esac
  done < <("$program" --complete "$@" 2>/dev/null)
  _iovtool_offer "${words[@]}"
  for answer in "${files[@]}"; do
    if ((${#COMPREPLY[@]} > 0)); then
      _iovtool_names "$answer"
    else
      _iovtool_file "$answer"
    fi
  done
}

_iovtool() {
  local program=${1/#'~/'/"$HOME/"} words
  _iovtool_words
  local cur=${words[-1]}
  local kept=${cur%"$2"}
  COMPREPLY=()
  if [[ ${#words[@]} -gt 1 && ${words[-2]} == *[\<\>] ]]; then
    _iovtool_file ''
  else
    _iovtool_answers "${words[@]:1}"
  fi
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:/] ]]; then
    compopt -o nospace
  fi
}

complete -F _iovtool iovtool
