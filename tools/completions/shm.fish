# SPDX-License-Identifier: Apache-2.0
# Completion of the command `shm` for fish.

# Sets in the caller what the line says before the word that is completed: backing, command, the number of its
# arguments, and only_data after a --.
function __shm_read_line --no-scope-shadowing
    set backing /dev/shm
    set command ''
    set arguments 0
    set only_data ''
    set -l option ''
    for word in (commandline -opc)[2..]
        if test -n "$option"
            test "$option" = --backing; and set backing $word
            set option ''
        else if test -n "$only_data"; or not string match -q -- '-*' $word
            test -n "$command"; and set arguments (math $arguments + 1); or set command $word
            test "$command" = run -a $arguments -gt 0; and break
        else
            switch $word
                case --
                    set only_data yes
                case '--backing=*'
                    set backing (string replace -- --backing= '' $word)
                case -o -t -s -m --backing --mount --output --kind --sort --color --type --size --mode --older --interval
                    set option $word
            end
        end
    end
    set backing (string replace -r '^~(?=/|$)' -- $HOME $backing)
end

# Whether the line says one of the commands; none: whether it says no command yet.
function __shm_in
    set -l backing
    set -l command
    set -l arguments
    set -l only_data
    __shm_read_line
    contains -- "$command" $argv; or test (count $argv) = 0 -a -z "$command"
end

# Whether the first argument of one of the commands is wanted.
function __shm_first_of
    set -l backing
    set -l command
    set -l arguments
    set -l only_data
    __shm_read_line
    test $arguments = 0; and contains -- "$command" $argv
end

# Anyone can make a block of any name in /dev/shm. Names come NUL to NUL and are never evaluated; fish quotes what it
# inserts. Left out is what would name something else: a tab ends a candidate, a leading tilde is not quoted, and a
# leading minus makes an option, unless it is after a --.
function __shm_names --argument-names kind
    set -l backing
    set -l command
    set -l arguments
    set -l only_data
    __shm_read_line
    set -l options --backing=$backing ls --null
    test -n "$kind"; and set -a options --kind=$kind
    set -l names
    for name in (command shm $options 2>/dev/null | string split0)
        string match -qr -- '^~|\t' $name; and continue
        string match -q -- '-*' $name; and test -z "$only_data"; and continue
        set -a names $name
    end
    string join0 -- $names | string split0
end

# Columns after what the word has up to its last comma or +.
function __shm_columns
    set -l before (commandline -ct | string replace -r '^(-o|--output=)?(([^,]*,)*\+?).*' '$2')
    printf '%s\n' $before$argv
end

set -l commands ls new rm list get set count index check upgrade holders prune run watch
set -l columns name kind length types size resident owner group mode age changed holders orphan manager inode
set -l types int float bool str bytes none

complete -c shm -f
complete -c shm -l backing -x -a '(__fish_complete_directories)' -d 'Directory that the blocks lie in'
complete -c shm -s J -l json -d 'Print JSON'
complete -c shm -s h -l help -d 'Print help'
complete -c shm -s V -l version -d 'Print the version'

function __shm_command --argument-names name what
    complete -c shm -n __shm_in -a $name -d $what
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

complete -c shm -n '__shm_in ls' -s o -l output -x -a "(__shm_columns $columns)" -d 'Columns to print'
complete -c shm -n '__shm_in ls' -s O -l output-all -d 'All columns'
complete -c shm -n '__shm_in holders' -s o -l output -x -a '(__shm_columns name pid user how access command)' \
    -d 'Columns to print'
complete -c shm -n '__shm_in ls holders' -s r -l raw -d 'For programs'
complete -c shm -n '__shm_in ls holders' -s n -l noheadings -d 'No headings'
complete -c shm -n '__shm_in ls' -l kind -x -a 'block list draft semaphore' -d 'Only these kinds'
complete -c shm -n '__shm_in ls' -l sort -x -a "$columns" -d 'Sort by'
complete -c shm -n '__shm_in ls' -l reverse -d 'Sort the other way round'
complete -c shm -n '__shm_in ls' -s b -l bytes -d 'Sizes in bytes'
complete -c shm -n '__shm_in ls' -l null -d 'Names alone, a NUL after each'
complete -c shm -n '__shm_in ls' -l color -x -a 'auto always never'
complete -c shm -n '__shm_in new run' -s s -l size -x -d 'Size'
complete -c shm -n '__shm_in new list' -s m -l mode -x -d 'Permissions'
complete -c shm -n '__shm_in list set count index' -s t -l type -x -a "$types"
complete -c shm -n '__shm_in get' -s p -l repr -d 'As a Python literal'
complete -c shm -n '__shm_in upgrade' -s f -l force -d 'Even while it is used'
complete -c shm -n '__shm_in prune' -l older -x -d 'Only what is older'
complete -c shm -n '__shm_in prune' -s y -l yes -d 'Unlink them'
complete -c shm -n '__shm_in prune' -l semaphores -d 'Semaphores too'
complete -c shm -n '__shm_in prune' -s f -l force -d 'Even if it is not a tmpfs'
complete -c shm -n '__shm_in watch' -l interval -x -d Seconds
complete -c shm -n '__shm_in run' -l mount -x -a '(__fish_complete_directories)'
complete -c shm -n '__shm_first_of get set count index' -a '(__shm_names list)'
complete -c shm -n '__shm_in upgrade' -a '(__shm_names list)'
complete -c shm -n '__shm_in ls rm check holders prune watch' -a '(__shm_names)'
complete -c shm -n '__shm_in run' -a '(__fish_complete_command)'
