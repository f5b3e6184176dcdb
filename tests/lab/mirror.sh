#!/bin/bash
# mirror.sh ROOT SUITE "PKG..."...: a partial mirror with Debian's own signed indexes, so that a VPS's stock sources.list
# and keyring work unchanged. Each quoted list is one apt-get install. Fills cache/www/HOST/debian; run again to add more.
. "$(dirname "$(readlink -f "$0")")/common.sh"
cache=$MAILWIZARD_LAB_STATE/cache root=$1 suite=$2; shift 2
. "$cache/names"; up=$debian web=$cache/www/$deb_host/debian
apt=$(mktemp -d "$cache/apt.XXXXXX"); trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/{lists/partial,archives/partial} "$web/dists/$suite/main/binary-amd64"
echo "deb [signed-by=$root/usr/share/keyrings/debian-archive-keyring.gpg] $up $suite main" >"$apt/sources.list"
o=(-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
   -o Dir::Etc::preferencesparts=/dev/null -o Dir::State::Lists="$apt/lists"
   -o Dir::State::status="$root/var/lib/dpkg/status" -o Dir::Cache="$apt"
   -o Dir::Cache::archives="$apt/archives" -o Acquire::Languages=none -o Acquire::GzipIndexes=false
   -o APT::Sandbox::User=root -o APT::Install-Recommends=true)
apt-get "${o[@]}" -q update
packages=$(ls "$apt"/lists/*_Packages)
sed -n 's/^Package: //p' "$packages" >"$apt/known"
for group in "$@"; do
  mapfile -t has < <(tr ' ' '\n' <<<"$group" | { grep -Fxf "$apt/known" || true; })
  echo "$suite has of \"$group\": ${has[*]}"
  [ "${#has[@]}" = 0 ] || apt-get "${o[@]}" -q -y --download-only install "${has[@]}"
done
# apt keeps its indexes unpacked; fetch them as packed, for their hashes must match InRelease
for f in main/binary-amd64/Packages.xz main/i18n/Translation-en.xz main/i18n/Translation-en.bz2; do
  hash=$(awk -v f="$f" '/^SHA256:/{s=1} s&&$3==f{print $1}' "$apt"/lists/*_InRelease)
  [ -n "$hash" ] || continue
  mkdir -p "$web/dists/$suite/$(dirname "$f")"
  /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
    "$up/dists/$suite/$f" "$web/dists/$suite/$f" "SHA256:$hash"
done
cp "$apt"/lists/*_InRelease "$web/dists/$suite/InRelease"
# put each .deb where the index says it lies
awk '/^Package: /{p=$2} /^Version: /{v=$2; gsub(":","%3a",v)} /^Architecture: /{a=$2}
  /^Filename: /{print p"_"v"_"a".deb", $2}' "$packages" | sort >"$apt/names"
for deb in "$apt"/archives/*.deb; do basename "$deb"; done | sort | join - "$apt/names" >"$apt/paths"
while read -r deb path; do
  mkdir -p "$web/$(dirname "$path")"; cp "$apt/archives/$deb" "$web/$path"
done <"$apt/paths"
chmod -R a+rX "$web"
echo "$suite: $(wc -l <"$apt/paths") packages; the mirror now takes $(du -sh "$web" | cut -f1)"
