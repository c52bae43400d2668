# SPDX-License-Identifier: Apache-2.0
# Completion of the command `shm` for fish.

function __shm_names --argument-names kind
    set -l words (commandline -opc)
    set -l backing /dev/shm
    if set -l at (contains -i -- --backing $words)
        set backing $words[(math $at + 1)]
    end
    test -n "$kind"; or set kind '[a-z]+(?: V[12])?'
    shm --backing $backing ls --noheadings -o kind,name 2>/dev/null |
        string replace -rf "^$kind +" ''
end

set -l commands ls new rm list get set count index check upgrade holders prune run watch
set -l columns name kind length types size resident owner group mode age changed holders orphan manager inode
set -l types int float bool str bytes none

complete -c shm -f
complete -c shm -l backing -x -a '(__fish_complete_directories)' -d 'Directory that the blocks lie in'
complete -c shm -l json -d 'Print JSON'
complete -c shm -s h -l help -d 'Print help'
complete -c shm -s V -l version -d 'Print the version'

function __shm_command --argument-names name what
    complete -c shm -n __fish_use_subcommand -a $name -d $what
end
__shm_command ls 'List blocks, lists, drafts and semaphores'
__shm_command new 'Make a block of zeros'
__shm_command rm 'Unlink blocks, lists and drafts'
__shm_command list 'Make a list'
__shm_command get 'Print elements'
__shm_command set 'Assign to an element'
__shm_command count 'Count the elements that equal a value'
__shm_command index 'Find the first element that equals a value'
__shm_command check 'Look for damage in lists'
__shm_command upgrade 'Turn lists of CPython 3.8 into those of later ones'
__shm_command holders 'Print which processes hold blocks'
__shm_command prune 'Unlink orphans'
__shm_command run 'Run a command with a private /dev/shm'
__shm_command watch 'Print what happens to blocks'
functions -e __shm_command

complete -c shm -n '__fish_seen_subcommand_from ls' -s o -l output -x -a "$columns" -d 'Columns to print'
complete -c shm -n '__fish_seen_subcommand_from ls' -l sort -x -a "$columns" -d 'Sort by'
complete -c shm -n '__fish_seen_subcommand_from ls' -s r -l reverse -d 'Sort the other way round'
complete -c shm -n '__fish_seen_subcommand_from ls' -s b -l bytes -d 'Sizes in bytes'
complete -c shm -n '__fish_seen_subcommand_from ls' -l noheadings -d 'No headings'
complete -c shm -n '__fish_seen_subcommand_from ls' -l color -x -a 'auto always never'
complete -c shm -n '__fish_seen_subcommand_from new run' -s s -l size -x -d 'Size'
complete -c shm -n '__fish_seen_subcommand_from new list' -s m -l mode -x -d 'Permissions'
complete -c shm -n '__fish_seen_subcommand_from list set count index' -s t -l type -x -a "$types"
complete -c shm -n '__fish_seen_subcommand_from get' -s p -l repr -d 'As a Python literal'
complete -c shm -n '__fish_seen_subcommand_from upgrade' -s f -l force -d 'Even while it is used'
complete -c shm -n '__fish_seen_subcommand_from prune' -l older -x -d 'Only what is older'
complete -c shm -n '__fish_seen_subcommand_from prune' -s y -l yes -d 'Unlink them'
complete -c shm -n '__fish_seen_subcommand_from prune' -l semaphores -d 'Semaphores too'
complete -c shm -n '__fish_seen_subcommand_from prune' -s f -l force -d 'Also where it is no tmpfs'
complete -c shm -n '__fish_seen_subcommand_from watch' -l interval -x -d Seconds
complete -c shm -n '__fish_seen_subcommand_from run' -l mount -x -a '(__fish_complete_directories)'
complete -c shm -n '__fish_seen_subcommand_from get set count index upgrade' -a '(__shm_names "list V[12]")'
complete -c shm -n '__fish_seen_subcommand_from ls rm check holders prune watch' -a '(__shm_names)'
complete -c shm -n '__fish_seen_subcommand_from run' -a '(__fish_complete_command)'
