# Made by mailwizard. bash reads it before acme.sh runs (BASH_ENV).
# acme.sh and its plugins hand secrets to curl, openssl, sed, oathtool and nsupdate as arguments, and arguments can be read
# by every user of a machine (ps). These functions hand the same over through pipes; their own arguments nobody sees.
# `sleep` ends acme.sh's wait for the DNS when mailwizard has seen the proof there.

curl() {
    local config='' take='' pass='' arg
    local -a open=()
    for arg in "$@"; do
        if [ -n "$take" ]; then
            config+="$(_quiet_option "$take" "$arg")"$'\n'
            take=''
            continue
        fi
        if [ -n "$pass" ]; then
            open+=("$arg")
            pass=''
            continue
        fi
        case $arg in
            -H | --header) take=header ;;
            -d | --data | --data-ascii) take=data ;;
            --data-raw | --data-binary | --data-urlencode | --user | --form | --cookie | --url) take=${arg#--} ;;
            -u) take=user ;;
            -F) take=form ;;
            -b) take=cookie ;;
            -X | -A | -e | -o | -D | -m | -w | -c | -x | --request | --user-agent | --referer | --output | --dump-header) pass=1 ;;
            --connect-timeout | --max-time | --write-out | --cookie-jar | --proxy | --cacert | --capath | --trace-ascii) pass=1 ;;
            http://* | https://*)
                config+="$(_quiet_option url "$arg")"$'\n'
                continue
                ;;
        esac
        [ -n "$take" ] || open+=("$arg")
    done
    if [ -z "$config" ]; then
        command curl "${open[@]}"
    else
        command curl --config <(printf '%s' "$config") "${open[@]}"
    fi
}

_quiet_option() {
    local text=$2
    if [ -z "$text" ] && [ "$1" = header ]; then return; fi
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\r'/\\r}
    printf '%s = "%s"' "$1" "$text"
}

openssl() {
    local arg key='' digest='' binary=''
    if [ "${1:-}" = dgst ]; then
        for arg in "$@"; do
            case $arg in
                hexkey:*) key=${arg#hexkey:} ;;
                -binary) binary=-binary ;;
                -md5 | -sha1 | -sha224 | -sha256 | -sha384 | -sha512) digest=$arg ;;
            esac
        done
    fi
    if [ -z "$key" ] || [ -z "$digest" ]; then
        command openssl "$@"
    else
        _quiet_hmac "$digest" "$key" $binary
    fi
}

# acme.sh writes a setting anew by a sed script with the value in it; the script is the only argument
sed() {
    if [ $# = 1 ] && [ "${1#-}" = "$1" ]; then
        command sed --file <(printf '%s\n' "$1")
    else
        command sed "$@"
    fi
}

# the key comes last; "-" is standard input (oathtool(1))
if type -P oathtool >/dev/null; then
    oathtool() { printf '%s\n' "${*: -1}" | command oathtool "${@:1:$#-1}" -; }
fi

# -y [algorithm:]name:secret is nsupdate's own statement "key [algorithm:]name secret" (nsupdate(1))
if type -P nsupdate >/dev/null; then
    nsupdate() {
        local arg take='' key=''
        local -a open=()
        for arg in "$@"; do
            if [ -n "$take" ]; then
                key=$arg take=''
                continue
            fi
            case $arg in
                -y) take=1 ;;
                -y?*) key=${arg#-y} ;;
                *) open+=("$arg") ;;
            esac
        done
        if [ -z "$key" ]; then
            command nsupdate "${open[@]}"
        else
            { printf 'key %s %s\n' "${key%:*}" "${key##*:}"; cat; } | command nsupdate "${open[@]}"
        fi
    }
fi

# HMAC (RFC 2104) of standard input with a key in hexadecimal
_quiet_hmac() {
    local digest=$1 key=$2 block=64 inner='' outer='' byte i
    case $digest in -sha384 | -sha512) block=128 ;; esac
    if [ ${#key} -gt $((block * 2)) ]; then
        key=$(printf '%b' "$(_quiet_bytes "$key")" | command openssl dgst "$digest" -r)
        key=${key%% *}
    fi
    for ((i = 0; i < block; i++)); do
        byte=$((16#0${key:i*2:2}))
        printf -v inner '%s\\x%02x' "$inner" $((byte ^ 0x36))
        printf -v outer '%s\\x%02x' "$outer" $((byte ^ 0x5c))
    done
    {
        printf '%b' "$outer"
        { printf '%b' "$inner"; cat; } | command openssl dgst "$digest" -binary
    } | command openssl dgst "$digest" ${3:+"$3"}
}

_quiet_bytes() {
    local i
    for ((i = 0; i < ${#1}; i += 2)); do printf '\\x%s' "${1:i:2}"; done
}

# While mailwizard runs acme.sh, it asks the domain's name servers itself, and makes the file $MAILWIZARD_SEEN once all of
# them show the proof. Without the variable (a renewal) or the file (mailwizard was killed) each sleep is as long as ever.
sleep() {
    case "${MAILWIZARD_SEEN:+${FUNCNAME[2]-} $*}" in
        'issue 20' | '_check_dns_entries 10') _quiet_wait "$1" ;;
        *) command sleep "$@" ;;
    esac
}

_quiet_wait() {
    local end=$((SECONDS + $1 + 1))
    until [ -e "$MAILWIZARD_SEEN" ] || [ "$SECONDS" -ge "$end" ]; do command sleep 0.2; done
    if [ -e "$MAILWIZARD_SEEN" ]; then
        unset MAILWIZARD_SEEN
        __check_txt() { true; } # acme.sh's look from outside: a public resolver may still remember what was there before
    fi
}
