# Completion of imgconv for bash 4.4 or newer:  source <(imgconv completion bash)

_imgconv() {
    local type value help width=0 i
    local -a types=() values=() helps=()
    {
        read -r _ # the beginning of the word, which bash knows
        while IFS=$'\x1f' read -r type value help; do
            types+=("$type") values+=("$value") helps+=("$help")
            ((${#value} > width)) && width=${#value}
        done
    } < <(_IMGCONV_COMPLETE=bash "${1/#\~/$HOME}" "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    COMPREPLY=()
    compopt -o nosort
    case ${types[0]} in
        file) compopt -o bashdefault -o default ;;
        part) ((${#values[@]} == 1)) && compopt -o nospace ;;
    esac
    for i in "${!values[@]}"; do
        [[ ${types[i]} == file ]] && continue
        # A list of several is shown with descriptions; other types of completion insert values.
        if ((${#values[@]} > 1)) && [[ $COMP_TYPE == @(63|33|64) && ${helps[i]} ]]; then
            printf -v value '%-*s  %s' "$width" "${values[i]}" "${helps[i]}"
        else
            value=${values[i]}
        fi
        COMPREPLY+=("$value")
    done
}

complete -F _imgconv imgconv
