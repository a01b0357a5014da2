#compdef imgconv
# Completion of imgconv for zsh:  source <(imgconv completion zsh)
# or keep it as a file _imgconv in a folder of $fpath.

_imgconv() {
    local line type value help
    local -a lines plain part
    lines=("${(@f)$(_IMGCONV_COMPLETE=zsh ${~words[1]} \
        "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    compset -p ${#lines[1]}
    for line in "${(@)lines[2,-1]}"; do
        type=${line%%$'\x1f'*} line=${line#*$'\x1f'}
        value=${${line%%$'\x1f'*}//:/\\:} help=${line#*$'\x1f'}
        case $type in
            file) _files; return ;;
            part) part+=("$value:$help") ;;
            *) plain+=("$value:$help") ;;
        esac
    done
    # The space behind a filter goes when a colon or a comma continues it. Within quotes zsh closes
    # them and adds the space itself.
    local -a suffix=(-S ' ' -r $':, \t\n')
    [[ -n $compstate[quote] ]] && suffix=()
    (($#plain)) && _describe -V imgconv plain $suffix
    (($#part)) && _describe -V imgconv part -S ''
}

if [[ ${funcstack[1]} == _imgconv ]]; then
    _imgconv "$@"
else
    # At the next prompt, for compinit, which a later line may call, forgets earlier functions.
    _imgconv_register() {
        precmd_functions=(${precmd_functions:#_imgconv_register})
        (($+functions[compdef])) || { autoload -Uz compinit && compinit; }
        compdef _imgconv imgconv
    }
    precmd_functions+=(_imgconv_register)
fi
