# Completion of imgconv for fish 3.1 or newer:  imgconv completion fish | source

function __imgconv_complete
    set -l words (commandline -opc)
    set -l command $words[1]
    set -e words[1]
    set -l lines (_IMGCONV_COMPLETE=fish $command $words (commandline -ct) 2>/dev/null)
    for line in $lines[2..-1]
        set -l fields (string split \x1f -- $line)
        if test $fields[1] = file
            complete -C "'' "(commandline -ct)
        else
            printf '%s\t%s\n' $fields[2] $fields[3]
        end
    end
end

complete -c imgconv -f -k -a '(__imgconv_complete)'
