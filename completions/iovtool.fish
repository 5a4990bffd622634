# Completion of iovtool for fish. What may be written where, the program itself says.

# __iovtool_files START: files, with START before their names, for the rest of the word at the cursor.
function __iovtool_files
    set -l rest (string sub -s (math (string length -- "$argv[1]") + 1) -- (commandline -ct))
    string replace -r '^' -- "$argv[1]" (__fish_complete_path $rest)
end

function __iovtool_answers
    set -l words (commandline -opc)
    set -l program $words[1]
    set -l token (commandline -ct)
    for answer in ($program --complete $words[2..] "$token" 2>/dev/null)
        if string match -q -- '*<file>' $answer
            __iovtool_files (string replace -r -- '<file>$' '' $answer)
        else
            echo $answer
        end
    end
end

complete -c iovtool -f -a '(__iovtool_answers)'
