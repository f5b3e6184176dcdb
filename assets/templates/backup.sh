#!/bin/sh
# Made by mailwizard: the daily backup. It copies the files of backup.list into the work tree, commits and pushes.
# It needs sh and git alone, and is told everything by two files that mailwizard writes at each backup of its own.
# Secrets: never copied in the open. With age(1) installed, secrets.age is made anew when they changed; without it,
# and with secrets = "plain", they stay as mailwizard saved them last.
set -eu
umask 077
export LC_ALL=C
state=${MAILWIZARD_STATE:-/var/lib/mailwizard}
tree=$state/backup record=$state/backup-state list=$state/backup.list
tab=$(printf '\t')
[ -e "$state/backup.conf" ] || { echo "There is no $state/backup.conf: run mailwizard backup."; exit 1; }
. "$state/backup.conf"   # SERVER REMOTE SECRETS RECIPIENT OPEN_NAMES CREDENTIALS DOMAINS, and what git is to know

exec 9>>"$state/lock"
flock -n 9 || { echo "mailwizard is at work on this server; the next run saves what it does."; exit 0; }

told=
moment() { date -u +%Y-%m-%dT%H:%M:%SZ; }
remember() { # remember KEYS LINE...: the record without the old lines of these keys (a|b|c), and with the new ones
  drop=$1; shift
  { grep -vE "^($drop)=" "$record" 2>/dev/null || true; [ $# = 0 ] || printf '%s\n' "$@"; } >"$record.new"
  mv "$record.new" "$record"
}
fail() {
  told=1
  echo "$1" >&2
  remember 'failed|why' "failed=$(moment)" "why=$1"
  exit 1
}
at_end() {
  status=$?
  rm -f "$state/backup-secrets.tar" "$state/backup-secrets.names" "$tree/mailwizard-backup.json.new" "$tree/secrets.age.new"
  [ "$status" = 0 ] || [ -n "$told" ] || fail "The daily backup ended early. Look at journalctl -u mailwizard-backup."
}
trap at_end EXIT
[ -d "$tree/.git" ] || fail "There is no backup yet. Run mailwizard backup."

copy() { # every open file of the list, as it is now
  while IFS=$tab read -r kind path source; do
    [ "$kind" != secret ] || continue
    to=$tree/files$path
    if [ -L "$source" ] || [ ! -f "$source" ]; then rm -f "$to"; continue; fi
    cmp -s "$source" "$to" || { mkdir -p "${to%/*}"; cp "$source" "$to"; chmod 600 "$to"; }
  done <"$list"
}
facts() { # facts FILE: mode, owner and group; nobody but the owner writes, and nothing runs as somebody else
  set -- $(find "$1" -maxdepth 0 -printf '%m %u %g')
  mode=$((0$1 & 0755)) owner=$2 group=$3
}
seal() { # the secrets, encrypted anew when they changed
  command -v age >/dev/null || { echo "age is not installed: secrets.age stays as it was made by mailwizard."; return 0; }
  digest=$(while IFS=$tab read -r kind path source; do
    [ "$kind" = secret ] && [ -f "$source" ] || continue
    facts "$source"
    printf '%s %o %s %s %s\n' "$(sha256sum <"$source" | cut -c 1-64)" "$mode" "$owner" "$group" "$path"
  done <"$list" | sha256sum | cut -c 1-64)
  [ ! -f "$tree/secrets.age" ] || ! grep -qxF "secrets=$RECIPIENT $digest" "$record" || return 0
  while IFS=$tab read -r kind path source; do
    [ "$kind" != secret ] || [ ! -f "$source" ] || echo "${path#/}"
  done <"$list" >"$state/backup-secrets.names"
  tar --create --format=gnu --mode=u-s,g-ws,o-wt --no-recursion --directory=/ \
    --files-from="$state/backup-secrets.names" --file="$state/backup-secrets.tar"
  age --encrypt --recipient "$RECIPIENT" --output "$tree/secrets.age.new" "$state/backup-secrets.tar"
  rm -f "$state/backup-secrets.tar" "$state/backup-secrets.names"
  mv "$tree/secrets.age.new" "$tree/secrets.age"
  remember 'secrets|archived' "secrets=$RECIPIENT $digest" "archived=$(moment)"
}
entry() { # entry KIND PATH SOURCE: its line in the manifest; none when the file is gone
  if [ "$1" = secret ]; then
    [ "$SECRETS" != plain ] || grep -F "{\"path\": \"$2\"," "$tree/mailwizard-backup.json" | sed 's/,$//'
    return 0
  fi
  [ -f "$tree/files$2" ] && [ -f "$3" ] || return 0
  facts "$3"
  printf '  {"path": "%s", "owner": "%s", "group": "%s", "mode": "%04o", "kind": "%s", "sha256": "%s"}\n' "$2" \
    "$owner" "$group" "$mode" "$1" "$(sha256sum <"$tree/files$2" | cut -c 1-64)"
}
manifest() {
  archive=
  [ "$SECRETS" != age ] || [ -f "$tree/secrets.age" ] || fail "secrets.age is gone. Run mailwizard backup: it makes it anew."
  [ "$SECRETS" != age ] || archive=$(sha256sum <"$tree/secrets.age" | cut -c 1-64)
  printf '{\n "schema": 1,\n "kind": "mailwizard backup",\n "server": "%s",\n "secrets": "%s",\n "archive": "%s",\n' \
    "$SERVER" "$SECRETS" "$archive"
  printf ' "files": [\n'
  while IFS=$tab read -r kind path source; do entry "$kind" "$path" "$source"; done <"$list" | sed '$!s/$/,/'
  printf ' ]\n}\n'
}
telling='-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|AGE-SECRET-KEY-1'
telling="$telling|gh[pousr]_[A-Za-z0-9]{30}|github_pat_[A-Za-z0-9_]{30}|glpat-[A-Za-z0-9_-]{20}"
marks() { # the lines of the DKIM keys, and the accounts' salts and hashes; an account's name is none
  cat "$DOMAINS"/*/dkim:*.pem 2>/dev/null | grep -v -e ----- | grep -E '.{16}' || true
  cat "$DOMAINS"/*/users 2>/dev/null | grep -oE '(key *: *)?"[^"]*"' | grep -v '^key' | tr -d '"' |
    grep -E '.{12}' || true
}
scan() { # no private key, no hash, and no value of a secret variable, may stand in an open file
  [ "$SECRETS" != plain ] || return 0
  again="was to be saved in the open. Nothing was pushed. Run mailwizard backup: it names the file."
  ! grep -rqE -e "$telling" "$tree/files" || fail "A private key or token $again"
  ! marks | grep -rqF -f - "$tree/files" || fail "A part of a DKIM key or of a password's hash $again"
  [ -f "$CREDENTIALS" ] || return 0
  while IFS='=' read -r name value || [ -n "$name" ]; do
    case $name in "#"*) continue ;; esac
    case " ${OPEN_NAMES-} " in *" ${name#export } "*) continue ;; esac
    value=${value#[\"\']} value=${value%[\"\']}
    [ "${#value}" -ge 6 ] || continue
    ! printf '%s\n' "$value" | grep -rqF -f - "$tree/files" ||
      fail "The value of ${name#export } $again"
  done <"$CREDENTIALS"
}
save() {
  git -C "$tree" add --all --force .
  git -C "$tree" diff --cached --quiet || git -C "$tree" commit --quiet --no-verify --message="Backup of $SERVER"
  if ! said=$(git -C "$tree" push --quiet "$REMOTE" HEAD:refs/heads/main 2>&1); then
    case $said in
      *rejected*|*"fetch first"*)
        fail "Somebody else pushed to $REMOTE. Nothing was overwritten. Run mailwizard backup: it says who." ;;
      *) fail "$REMOTE did not take the backup: $(printf '%s\n' "$said" | grep -v '^$' | tail -n 1). Run mailwizard backup." ;;
    esac
  fi
  remember 'failed|why|pushed|commit' "pushed=$(moment)" "commit=$(git -C "$tree" rev-parse HEAD)"
}

find "$tree/.git" -name '*.lock' -delete   # left by a crash: we alone work here
copy
[ "$SECRETS" != age ] || seal
manifest >"$tree/mailwizard-backup.json.new"
cmp -s "$tree/mailwizard-backup.json.new" "$tree/mailwizard-backup.json" ||   # until it is pushed
  remember 'failed|why' "failed=$(moment)" "why=A daily backup was begun and not finished. Run mailwizard backup."
mv "$tree/mailwizard-backup.json.new" "$tree/mailwizard-backup.json"
scan
save
echo "Backed up to $REMOTE."
