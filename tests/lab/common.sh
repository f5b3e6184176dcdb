# common.sh: the ground that lab, build.sh and mirror.sh stand on; sourced, never run.
# Nothing of the caller's environment may decide whether a machine comes up, and no step fails in silence.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 022
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 LC_ALL=C.UTF-8
# a TMPDIR of this machine does not exist inside a chroot: update-ca-certificates then dies with status 1 and no word
unset TMPDIR CDPATH ENV BASH_ENV POSIXLY_CORRECT
lab=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
checkout=$(readlink -f "$lab/../..")

say() { printf 'lab: %s\n' "$*" >&2; }

trouble() { # trouble STATUS COMMAND: what the ERR trap says before the script ends
  local status=$1 command=$2 depth=1
  trap - ERR
  { printf 'lab: FAILED with status %s: %s\n' "$status" "$command"
    while [ "$depth" -lt "${#FUNCNAME[@]}" ]; do
      printf 'lab:   in %s, %s line %s\n' "${FUNCNAME[$depth]}" "${BASH_SOURCE[$depth]}" "${BASH_LINENO[$((depth - 1))]}"
      depth=$((depth + 1))
    done; } >&2
  ! declare -F evidence >/dev/null || evidence >&2 || true
  exit "$status"
}
trap 'trouble $? "$BASH_COMMAND"' ERR

logged() { # logged LOG CMD...: keep what a step says; show it when the step fails
  local log=$1 status=0; shift
  printf '+ %s\n' "$*" >>"$log"
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  [ "$status" = 0 ] || { say "this failed with status $status: $*"; tail -n 40 "$log" >&2; return "$status"; }
}

chrooted() { # chrooted ROOT CMD...: with a clean environment, a /dev that works on a nodev file system, and /proc
  unshare --mount --propagation private bash -euc '
    root=$1; shift
    mount --rbind /dev "$root/dev"; mount -t proc proc "$root/proc"
    exec env -i PATH="$PATH" HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"' chrooted "$@"
}

fits() { # fits DIRECTORY: may root file systems live there (device nodes, set-uid, overlay)? Says what is wrong, if anything.
  mkdir -p "$1" || return 1
  unshare --mount --propagation private bash -euc '
    cd "$1"; probe=$(mktemp -d "$PWD/.probe.XXXXXX"); trap "cd /; umount \"\$probe/m\" 2>/dev/null; rm -rf \"\$probe\"" EXIT
    mkdir "$probe"/{l,u,w,m}; mknod "$probe/l/null" c 1 3; echo >"$probe/l/null"
    mount -t overlay probe -o "lowerdir=$probe/l,upperdir=$probe/u,workdir=$probe/w" "$probe/m"
    mkdir "$probe/m/x"; chown 101:101 "$probe/m/x"; rm "$probe/m/null"
    case ",$(findmnt -no OPTIONS -T "$probe")," in *,nosuid,*|*,noexec,*) echo "$1 is mounted nosuid or noexec"; exit 1;; esac' fits "$1" 2>&1
}

find_state() { # where cache/ and run/ live: beside this file, unless its file system cannot hold a root file system
  local place why
  [ -z "${MAILWIZARD_LAB_STATE:-}" ] || { printf '%s\n' "$MAILWIZARD_LAB_STATE"; return; }
  for place in "$lab" "/var/lib/mailwizard-lab/$(printf %s "$checkout" | sha256sum | cut -c1-12)" "/var/tmp/mailwizard-lab"; do
    if why=$(fits "$place"); then printf '%s\n' "$place"; return; fi
    say "$place cannot hold the machines: ${why:-no reason given}"
  done
  say "name a directory that can in MAILWIZARD_LAB_STATE"; return 1
}

worn_by() { # worn_by SUITE: the Debian release that a VPS of this suite really is; two wear Ubuntu's costume
  case "$1" in jammy) echo bookworm ;; noble) echo trixie ;; *) echo "$1" ;; esac
}
