# shellcheck shell=bash
# Completion of iovtool for bash. Commands and their options come from the program itself.
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

_iovtool_segment() {
  local schemes=({file,fd,hex,str,zero,fill,le16,be16,le32,be32,le64,be64,dump}:) scheme
  for scheme in "${schemes[@]}"; do
    [[ $cur == "$scheme"* ]] || continue
    [[ $scheme != file: && $scheme != dump: ]] || _iovtool_file "$scheme"
    return
  done
  _iovtool_offer "${schemes[@]}"
  if ((${#COMPREPLY[@]} > 0)); then
    _iovtool_names ''
  else
    _iovtool_file ''
  fi
}

# _iovtool_form OPTION: how --help writes it, such as --format=LOOK or --list[=N].
_iovtool_form() {
  [[ $1 =~ ^--?[A-Za-z0-9-]+$ ]] || return 0
  "$program" "$command" --help 2>/dev/null |
    sed -nE "s/^  ($1, (--[^ ]+)|(-., )?($1(\[?=[^ ]*)?)) .*/\2\4/p"
}

# _iovtool_value FORM HEAD: the value of an option, with HEAD before it in the same word.
_iovtool_value() {
  case $1 in
    --format=*) _iovtool_offer "$2"{canonical,xxd,plain,qemu,c,json} ;;
    --offsets=*) _iovtool_offer "$2"{vector,file,none} ;;
    --framing=*) _iovtool_offer "$2"{none,be16,be32,le16,le32,lf} ;;
    --offload=*) _iovtool_offer "$2"{auto,sendfile,zerocopy,none} ;;
    --offset-base=*) _iovtool_offer "$2"{hex,dec,oct} ;;
    *=WHEN*) _iovtool_offer "$2"{auto,always,never} ;;
    *=FILE* | *=DEST*) _iovtool_file "$2" ;;
  esac
}

# _iovtool_argument WORD...: what may follow these words, of which the first is the command.
_iovtool_argument() {
  local command=$1 word form
  for word; do
    if [[ $word == -- ]]; then
      _iovtool_segment
      return
    fi
  done
  form=$(_iovtool_form "$word")
  if [[ $word == *[\<\>] ]]; then
    _iovtool_file ''
  elif [[ $cur == --*=* ]]; then
    _iovtool_value "$(_iovtool_form "${cur%%=*}")" "${cur%%=*}="
  elif [[ $form == *=* && $form != *[* ]]; then
    _iovtool_value "$form" ''
  elif [[ $cur == -* && $cur != -@* ]]; then
    mapfile -t words < <("$program" "$command" --list-options 2>/dev/null)
    _iovtool_offer "${words[@]}"
  else
    _iovtool_segment
  fi
}

_iovtool() {
  local program=${1/#'~/'/"$HOME/"} words i
  _iovtool_words
  local cur=${words[-1]}
  local kept=${cur%"$2"}
  COMPREPLY=()
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    [[ ${words[i]} == -* ]] || break
  done
  if ((i < ${#words[@]} - 1)); then
    _iovtool_argument "${words[@]:i:${#words[@]}-i-1}"
  else
    mapfile -t words < <("$program" --list-commands 2>/dev/null)
    _iovtool_offer --help --version "${words[@]}"
  fi
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:/] ]]; then
    compopt -o nospace
  fi
}

complete -F _iovtool iovtool
