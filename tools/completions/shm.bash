# SPDX-License-Identifier: Apache-2.0
# Completion of the command `shm` for bash.

# Prints the names in the backing that the command line gives, of one kind or of all.
_shm_names() {
  local backing=/dev/shm kind='[a-z]+( V[12])?' i
  for ((i = 1; i + 1 < ${#COMP_WORDS[@]}; i++)); do
    [[ ${COMP_WORDS[i]} == --backing ]] && backing=${COMP_WORDS[i + 1]}
  done
  shm --backing "$backing" ls --noheadings -o kind,name 2>/dev/null |
    sed -En "s/^${1:-$kind} +//p"
}

_shm() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local columns='name kind length types size resident owner group mode age changed holders orphan manager inode'
  local common='--backing --json --help' command='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --backing) ((++i)) ;;
      -*) ;;
      *)
        command=${COMP_WORDS[i]}
        break
        ;;
    esac
  done

  local words=''
  case $previous in
    --backing | --mount)
      COMPREPLY=($(compgen -d -- "$current"))
      return
      ;;
    -o | --output | --sort) words=$columns ;;
    --color) words='auto always never' ;;
    -t | --type) words='int float bool str bytes none' ;;
    -s | --size | --older | --interval | -m | --mode) return ;;
  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi

  local IFS=$'\n'
  case $command in
    '') words=$'ls\nnew\nrm\nlist\nget\nset\ncount\nindex\ncheck\nupgrade\nholders\nprune\nrun\nwatch\n--version\n'${common// /$'\n'} ;;
    ls) words=$'--output\n--sort\n--reverse\n--bytes\n--noheadings\n--color\n'${common// /$'\n'} ;;
    new) words=$'--size\n--mode\n'${common// /$'\n'} ;;
    list) words=$'--type\n--mode\n'${common// /$'\n'} ;;
    get) words=$'--repr\n'${common// /$'\n'} ;;
    set | count | index) words=$'--type\n'${common// /$'\n'} ;;
    upgrade) words=$'--force\n'${common// /$'\n'} ;;
    prune) words=$'--older\n--yes\n--semaphores\n--force\n'${common// /$'\n'} ;;
    run) words=$'--size\n--mount' ;;
    watch) words=$'--interval\n'${common// /$'\n'} ;;
    *) words=${common// /$'\n'} ;;
  esac
  if [[ $current != -* && -n $command ]]; then
    case $command in
      get | set | count | index | upgrade)
        ((COMP_CWORD == i + 1)) || [[ $command == upgrade ]] || return
        words=$(_shm_names 'list V[12]')
        ;;
      ls | rm | check | holders | prune | watch) words=$(_shm_names) ;;
      run)
        COMPREPLY=($(compgen -c -- "$current"))
        return
        ;;
      *) return ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _shm shm
