# SPDX-License-Identifier: Apache-2.0
# Completion of the command `shm` for bash.
#
# Anyone can make a block of any name in /dev/shm. Nothing here expands a name or what is typed (no `compgen -W`, no
# eval, no unquoted variable), and each candidate is quoted for the place that it is inserted at. `-o filenames` would
# quote too, but it expands a leading tilde and adds a slash where a directory of the same name is near.

# _shm_read_line LINE CUT reads a command line as bash does, without any expansion. Characters from CUT on are those
# that a candidate replaces. Sets in the caller:
#   words     the words before the last, without quotes     redirected  whether the last follows a < or >
#   word      the last word                                 head        its part before CUT
#   within    the quotes that are open at CUT: ' or " or $'
# Fails at what only an expansion would tell, and where CUT is not in the last word.
_shm_read_line() {
  local line=$1 cut=$2 quote='' open='' tilde='' at=-1 c next i
  local escape='^\\([0-7]{1,3}|x[[:xdigit:]]{1,2}|u[[:xdigit:]]{1,4}|[abeEfnrtv\\"?'\'']|$|x$|u$)'
  words=() word='' redirected=''
  for ((i = 0; ; i++)); do
    ((i != cut)) || { head=$word within=$quote at=${#words[@]}; }
    ((i < ${#line})) || break
    c=${line:i:1} next=${line:i+1:1}
    case $quote:$c in
      "':'" | '":"' | "$':'") quote='' ;;
      "':"* | "$':"[!\\]) word+=$c ;;
      "$':"*)
        [[ ${line:i} =~ $escape ]] || return
        ((i += ${#BASH_REMATCH} - 1))
        # An escape may be cut off where candidates differ: it is inserted anew.
        if ((i + 1 < ${#line})) || [[ $BASH_REMATCH == \\[!0-7xu]* || $BASH_REMATCH == \\[0-7][0-7][0-7] ]]; then
          # shellcheck disable=SC2059 # an escape is a format
          printf -v c "$BASH_REMATCH"
          word+=$c
        fi
        ;;
      '":\')
        if [[ $next == [\$\`\"\\] ]]; then
          word+=$next
          ((++i))
        else
          word+=$c
        fi
        ;;
      :\$)
        [[ $next == [\'\"] ]] || return
        open=yes quote=${next/\'/\$\'}
        ((++i))
        ;;
      *:[\$\`] | :[\;\(\)]) return 1 ;;
      '":'*) word+=$c ;;
      :[[:space:]\<\>\&\|])
        [[ -z $open || -n $redirected ]] || words+=("${tilde:+$HOME}${word#"$tilde"}")
        [[ -z $open ]] || redirected=''
        [[ $c == [[:space:]] ]] || redirected=yes
        word='' open='' tilde=''
        ;;
      :[\'\"]) open=yes quote=$c ;;
      :\\)
        open=yes word+=$next
        ((++i))
        ;;
      :\~)
        [[ -n $open || $next != [/[:space:]] ]] || tilde=\~
        open=yes word+=$c
        ;;
      *) open=yes word+=$c ;;
    esac
  done
  ((at == ${#words[@]}))
}

# _shm_quote TEXT QUOTES sets REPLY to what stands for TEXT within the quotes. Readline adds the closing quote. Where TEXT
# cannot stand within the quotes, they are closed before it and empty ones end it: readline lets a candidate that begins
# with the quote replace the opening one, and adds none to one that ends with it.
_shm_quote() {
  local text=$1 quote=$2
  REPLY=$text
  if [[ -z $text ]]; then
    REPLY=''
  elif [[ $quote == \$* ]]; then
    _shm_escape "$text"
    REPLY=${REPLY#??}
    return
  elif [[ $text == *[![:print:]]* ]]; then
    _shm_escape "$text"
  elif [[ $quote == \' && $text != *\'* ]]; then
    return
  elif [[ $quote == \" && $text != *[\"\!]* ]]; then
    REPLY=${REPLY//\\/\\\\} REPLY=${REPLY//\$/\\\$} REPLY=${REPLY//\`/\\\`}
    return
  else
    printf -v REPLY %q "$text"
  fi
  quote=${quote#\$}
  REPLY=$quote$quote$REPLY$quote$quote
}

# Sets REPLY to $'…', in which nothing is left that a shell or a terminal would obey.
_shm_escape() {
  local LC_ALL=C text=$1 c code i
  REPLY="$'"
  for ((i = 0; i < ${#text}; i++)); do
    c=${text:i:1}
    case $c in
      [A-Za-z0-9_.,:=@%+/-]) REPLY+=$c ;;
      *)
        printf -v code %d "'$c"
        printf -v code '\\%03o' $((code & 255))
        REPLY+=$code
        ;;
    esac
  done
  REPLY+="'"
}

# Offers those of the candidates that begin as the word does.
_shm_offer() {
  local candidate REPLY
  local -a rests=()
  _shm_select "$@"
  for candidate in "${rests[@]}"; do
    _shm_quote "$candidate" "$within"
    COMPREPLY+=("$REPLY")
  done
}

# Sets rests to what is to be inserted for them. By bytes, as a name may be no text; and by `[`, which knows no
# patterns and no nocasematch.
_shm_select() {
  local LC_ALL=C candidate
  for candidate; do
    [ "${candidate:0:${#word}}" = "$word" ] && rests+=("${candidate:${#head}}")
  done
}

# Offers the names of what is in the backing, of one kind or of all.
_shm_names() {
  local -a names=()
  _shm_read_names "$@"
  _shm_offer "${names[@]}"
}

# Sets names, byte by byte: where characters are read, one that a name ends in the middle of would take the NUL. A
# name that begins with a minus would be an option, unless it is after a --.
_shm_read_names() {
  local LC_ALL=C name
  while IFS= read -r -d '' name; do
    [[ $name == -* && -z $only_data ]] || names+=("$name")
  done < <(command shm "--backing=$backing" ls --null ${1:+"--kind=$1"} 2>/dev/null)
}

# Offers the values of an option; those of -o and --kind may follow others and a comma.
_shm_values() {
  local columns='name kind length types size resident owner group mode age changed holders orphan manager inode'
  local values='' start=$2 each
  local -a offered=()
  case $1 in
    --backing | --mount) compopt -o dirnames ;;
    -o | --output | --sort) values=$columns ;;&
    -o | --output) [[ $command != holders ]] || values='name pid user how access command' ;;
    --kind) values='block list draft semaphore' ;;
    --color) values='auto always never' ;;
    -t | --type) values='int float bool str bytes none' ;;
  esac
  [[ $1 == --sort || $word != "$start"*,* ]] || start=${word%,*},
  [[ $1 != -o && $1 != --output || $word != "$start"+* ]] || start+=+
  local IFS=' '
  for each in $values; do
    offered+=("$start$each")
  done
  _shm_offer "${offered[@]}"
}

_shm_options() {
  local options='' IFS=' '
  case $1 in
    '') options='--version' ;;
    ls) options='--output --output-all --kind --sort --reverse --bytes --raw --noheadings --null --color' ;;
    holders) options='--output --raw --noheadings' ;;
    new) options='--size --mode' ;;
    list) options='--type --mode' ;;
    get) options='--repr' ;;
    set | count | index) options='--type' ;;
    upgrade) options='--force' ;;
    prune) options='--older --yes --semaphores --force' ;;
    run) options='--size --mount' ;;
    watch) options='--interval' ;;
  esac
  [[ $1 == run ]] || options+=' --backing --json'
  # shellcheck disable=SC2086 # they are words
  _shm_offer $options --help
}

# The words of a `shm run`: a command, of which the rest is its own to know.
_shm_run() {
  local -a found
  if ((arguments > 0)); then
    compopt -o default
  elif [[ $word != *[!A-Za-z0-9_./+-]* ]]; then
    mapfile -t found < <(compgen -c -- "$word")
    _shm_offer "${found[@]}"
  fi
}

_shm_argument() {
  case $command in
    '') _shm_offer ls new rm list get set count index check upgrade holders prune run watch ;;
    get | set | count | index) ((arguments > 0)) || _shm_names list ;;
    upgrade) _shm_names list ;;
    ls | rm | check | holders | prune | watch) _shm_names ;;
    run) _shm_run ;;
  esac
}

_shm() {
  local backing=/dev/shm command='' option='' only_data='' arguments=0 each
  local word head within redirected
  local -a words
  local line=${COMP_LINE:0:COMP_POINT}
  COMPREPLY=()
  [[ $line == *"$2" ]] && _shm_read_line "$line" $((${#line} - ${#2})) || return 0
  for each in "${words[@]:1}"; do
    if [[ -n $option ]]; then
      [[ $option != --backing ]] || backing=$each
      option=''
    elif [[ $command == run && $arguments -gt 0 ]]; then
      break
    elif [[ $each != -* || -n $only_data ]]; then
      [[ -z $command ]] && command=$each || ((++arguments))
    else
      case $each in
        --) only_data=yes ;;
        --backing=*) backing=${each#*=} ;;
        -[otsm] | --backing | --mount | --output | --kind | --sort | --color | --type | --size | --mode | --older | --interval)
          option=$each
          ;;
      esac
    fi
  done
  if [[ -n $redirected ]]; then
    compopt -o default
  elif [[ -n $option ]]; then
    _shm_values "$option" ''
  elif [[ $word == --*=* && -z $only_data ]]; then
    _shm_values "${word%%=*}" "${word%%=*}="
  elif [[ $word == -* && -z $only_data && ($command != run || $arguments == 0) ]]; then
    _shm_options "$command"
  else
    _shm_argument
  fi
}

complete -F _shm shm
