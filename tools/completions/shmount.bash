# SPDX-License-Identifier: Apache-2.0
# Completion of the command `shmount` for bash. Directories are left to bash, which quotes them.

_shmount() {
  local current=$2 previous=$3 values='' before=''
  COMPREPLY=()
  case $previous in
    --access) values='auto passthrough link direct' ;;
    --manager) return ;;
    -o)
      values='backing= access= manager= semaphores allow_other default_permissions ro noatime fsname= max_read='
      # Of a list, the last is completed.
      [[ $current != *,* ]] || before=${current%,*},
      compopt -o nospace
      ;;
    *)
      if [[ $current == -* ]]; then
        values='--backing --access --manager --semaphores --foreground --debug --help --version -o'
      else
        compopt -o dirnames
      fi
      ;;
  esac
  local each IFS=' '
  for each in $values; do
    [[ $before$each != "$current"* ]] || COMPREPLY+=("$before$each")
  done
}

complete -F _shmount shmount
