# SPDX-License-Identifier: Apache-2.0
# Completion of the command `shmount` for fish.

set -l options backing= access= manager= semaphores allow_other default_permissions ro noatime fsname= max_read=

complete -c shmount -f -a '(__fish_complete_directories)'
complete -c shmount -s o -x -a "(__fish_append , $options)" -d 'Mount options'
complete -c shmount -l backing -x -a '(__fish_complete_directories)' -d 'Directory that the blocks lie in'
complete -c shmount -l access -x -a 'auto passthrough link direct' -d 'How programs access blocks'
complete -c shmount -l manager -x -d 'When unmounted, unlink the blocks created through the mount'
complete -c shmount -l semaphores -d 'Show POSIX semaphores too'
complete -c shmount -s f -l foreground -d 'Stay in the foreground'
complete -c shmount -s d -l debug -d 'Log a line for each request'
complete -c shmount -s h -l help -d 'Print help'
complete -c shmount -s V -l version -d 'Print the version'
