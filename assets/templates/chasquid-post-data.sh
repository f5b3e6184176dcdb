#!/bin/sh
# Made by mailwizard. chasquid runs it on each message before it takes it.
#
# Whoever logged in may send only as the login's own domain: envelope and From header alike.
# Without it every account could send in every domain's name, and chasquid would sign it.
# A hook of your own goes into post-data.local beside this file: it is run afterwards, and on all other mail.
# Exit code 20 refuses for good, any other but 0 for now (chasquid's docs/hooks.md); the last line is told to the sender.

set -u
LC_ALL=C
export LC_ALL
own=${0%/*}/post-data.local

refuse() {
    echo "$1"
    exit 20
}

check_from() {
    # All that looks like a From header counts, also a second one. Quoted words and comments are no addresses.
    awk -v want="$1" '
        function fail(why) { print why; failed = 1; exit 1 }
        function bare(text,    i, c, quoted, depth, out) {
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                if (c == "\\" && (quoted || depth)) { i++; continue }
                if (quoted) { if (c == "\"") quoted = 0; continue }
                if (c == "(") { depth++; continue }
                if (c == ")" && depth) { depth--; continue }
                if (depth) continue
                if (c == "\"") { quoted = 1; continue }
                out = out c
            }
            if (quoted || depth) return ""
            return out
        }
        { sub(/\r$/, "") }
        /\r/ { fail("A header line holds a bare carriage return.") }
        /^$/ { exit }
        /^[ \t]/ { if (inside) from = from " " $0; next }
        { inside = 0 }
        tolower($0) ~ /^from[ \t]*:/ { count++; inside = 1; sub(/^[^:]*:/, ""); from = $0 }
        END {
            if (failed) exit 1
            if (count != 1) fail("The message must have exactly one From header, not " count + 0 ".")
            from = bare(from)
            gsub(/[ \t]*[.][ \t]*/, ".", from)
            gsub(/[ \t]*@[ \t]*/, "@", from)
            parts = split(from, part, "@")
            if (parts < 2) fail("The From header has no address.")
            for (i = 2; i <= parts; i++) {
                match(part[i], /^[^ \t,;:<>]*/)
                if (tolower(substr(part[i], 1, RLENGTH)) != want)
                    fail("From must be an address of " want ", as you logged in there.")
            }
        }'
}

if [ -z "${AUTH_AS:-}" ]; then
    if [ -x "$own" ]; then exec "$own"; fi
    cat >/dev/null
    exit 0
fi

domain=$(printf '%s' "${AUTH_AS##*@}" | tr '[:upper:]' '[:lower:]')
sender=$(printf '%s' "${MAIL_FROM:-}" | tr '[:upper:]' '[:lower:]')
case $sender in
    '' | '<>') ;; # a receipt: it has no sender to compare, its From is compared below
    *"@$domain") ;;
    *) refuse "You logged in at $domain and may not send as another domain." ;;
esac

message=$(mktemp) || exit 75
trap 'rm -f "$message"' EXIT
cat >"$message" || exit 75
why=$(check_from "$domain" <"$message") || refuse "${why:-The From header could not be checked.}"
if [ ! -x "$own" ]; then exit 0; fi
exec 3<"$message"
rm -f "$message"
trap - EXIT
exec "$own" <&3 3<&-
