# Completion of iovtool for fish. Commands and their options come from the program itself.

# __iovtool_files HEAD: files, with HEAD before their names, for the rest of the word at the cursor.
function __iovtool_files
    set -l rest (string sub -s (math (string length -- "$argv[1]") + 1) -- (commandline -ct))
    string replace -r '^' -- "$argv[1]" (__fish_complete_path $rest)
end

function __iovtool_segments
    set -l schemes file: fd: hex: str: zero: fill: le16: be16: le32: be32: le64: be64: dump:
    set -l scheme (string match -r '^[a-z0-9]+:' -- (commandline -ct))
    if contains -- "$scheme" file: dump:
        __iovtool_files $scheme
    else if not contains -- "$scheme" $schemes
        printf '%s\n' $schemes
        __iovtool_files ''
    end
end

# __iovtool_form OPTION PROGRAM COMMAND: how --help writes it, such as --format=LOOK or --list[=N].
function __iovtool_form
    string match -qr '^--?[A-Za-z0-9-]+$' -- $argv[1]
    or return
    $argv[2] $argv[3] --help 2>/dev/null |
        string replace -rf "^  (?:$argv[1], (--[^ ]+)|(?:-., )?($argv[1](?:\[?=[^ ]*)?)) .*" '$1$2'
end

# __iovtool_value FORM HEAD: the value of an option, with HEAD before it in the same word.
function __iovtool_value
    switch "$argv[1]"
        case '--format=*'
            printf "$argv[2]%s\n" canonical xxd plain qemu c json
        case '--framing=*'
            printf "$argv[2]%s\n" none be16 be32 le16 le32 lf
        case '--offload=*'
            printf "$argv[2]%s\n" auto sendfile zerocopy none
        case '--offsets=*'
            printf "$argv[2]%s\n" vector file none
        case '--offset-base=*'
            printf "$argv[2]%s\n" hex dec oct
        case '*=WHEN*'
            printf "$argv[2]%s\n" auto always never
        case '*=FILE*' '*=DEST*'
            __iovtool_files $argv[2]
    end
end

function __iovtool_candidates
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l program $words[1]
    set -l command (string match -v -- '-*' $words[2..])[1]
    if test -z "$command"
        $program --list-commands 2>/dev/null
        printf '%s\n' --help --version
        return
    end

    set -l option (string replace -r '=.*' '' -- $token)
    set -l form (__iovtool_form $words[-1] $program $command)
    if contains -- -- $words
        __iovtool_segments
    else if string match -q -- '--*=*' $token
        __iovtool_value (__iovtool_form $option $program $command) $option=
    else if string match -q -- '*=*' $form; and not string match -q -- '*[*' $form
        __iovtool_value $form ''
    else if string match -q -- '-*' $token; and not string match -q -- '-@*' $token
        $program $command --list-options 2>/dev/null
    else
        __iovtool_segments
    end
end

complete -c iovtool -f -a '(__iovtool_candidates)'
