# machine.sh: the two machines and the wire between them; sourced by lab, which sets $prefix $ns $run $cache.
# A machine's mounts live in a mount namespace of its own, so that whatever ends its processes leaves no mount behind.
inet4="203.0.113.53 203.0.113.54 203.0.113.14 203.0.113.25 203.0.113.22 203.0.113.80"
inet6="53 54 14 25 22 80"

trees() { # the cgroup hierarchies systemd wants: one (v2), or the unified and the named one (hybrid)
  if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then echo /sys/fs/cgroup
  elif [ "$(stat -fc %T /sys/fs/cgroup/unified 2>/dev/null)" = cgroup2fs ] && [ -d /sys/fs/cgroup/systemd ]; then
    echo /sys/fs/cgroup/unified /sys/fs/cgroup/systemd
  else say "neither cgroup v2 nor the hybrid layout is mounted on /sys/fs/cgroup"; return 1; fi
}
layers() { # layers NAME LOWER [MB]: what NAME's disk is made of; with MB the changes live on a disk that small
  mkdir -p "$run/$1"; [ -z "${3:-}" ] || mount -t tmpfs -o "size=$3m,mode=755" "$ns-$1" "$run/$1"
  mkdir -p "$run/$1"/{upper,work,root}; chmod 755 "$run/$1"/{upper,work,root}
  printf '%s\n' "$2" >"$run/$1.lower"
}
attach() { # attach NAME: mount its layers at $run/NAME/root; only in a mount namespace of one's own
  mount -t overlay "$ns-$1" -o "lowerdir=$(cat "$run/$1.lower"),upperdir=$run/$1/upper,workdir=$run/$1/work" "$run/$1/root"
}
alone() { unshare --mount --propagation private "$self" "$@"; }   # a command of ours in a mount namespace of its own

boot() { # boot NAME HOSTNAME [nspawn options]: systemd as process 1 of NAME's disk
  local name=$1 host=$2 tree nspawn deadline=$((SECONDS + 60)); shift 2
  # each machine in a cgroup of its own: with --keep-unit they'd else share <root>/payload
  for tree in $(trees); do mkdir -p "$tree/$ns-$name"; done
  : >"$run/$name.log"
  # shellcheck disable=SC2086
  setsid "$self" run-machine "$name" "$host" "$@" </dev/null >>"$run/$name.log" 2>&1 9>&- &
  nspawn=$!
  until within "$name" test -S /run/systemd/private 2>>"$run/$name.log"; do
    kill -0 "$nspawn" 2>/dev/null || { say "$name ended while it was starting"; return 1; }
    [ "$SECONDS" -lt "$deadline" ] || { say "$name did not start in a minute"; return 1; }
    sleep .05
  done
  settle "$name"
}
run_machine() { # run-machine NAME HOSTNAME [nspawn options]: becomes the machine's supervisor
  local name=$1 host=$2 tree status; shift 2
  for tree in $(trees); do echo "$BASHPID" >"$tree/$ns-$name/cgroup.procs"; done
  # nspawn cleans up here after itself, and refuses to on a /run that is no tmpfs
  mkdir -p /run/systemd/nspawn; mount -t tmpfs -o mode=755 nspawn /run/systemd/nspawn
  attach "$name"
  export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
  while :; do
    status=0
    systemd-nspawn --quiet --register=no --keep-unit -D "$run/$name/root" --boot \
      --machine="$ns-$name" --hostname="$host" --network-namespace-path="/run/netns/$ns-$name" \
      --capability=CAP_NET_ADMIN --resolv-conf=off --timezone=off --link-journal=no "$@" || status=$?
    [ "$status" = 133 ] || break   # 133: a reboot inside, to be started again
  done
  echo "systemd-nspawn ended with status $status"
}
settle() { # settle NAME: wait until its systemd has started everything; a failed unit is an error, and shown
  local state
  state=$(within "$1" timeout 90 systemctl is-system-running --wait) || true
  [ "$state" != running ] || return 0
  say "$1 is \"$state\", not running"; return 1
}
leader() { # leader NAME: the machine's process 1, as seen from here
  local tree p; tree=$(trees); tree=${tree%% *}
  read -r p 2>/dev/null <"$tree/$ns-$1/payload/init.scope/cgroup.procs" && echo "$p"
}
within() { # within NAME CMD...: as root in the machine
  local name=$1 p; shift
  p=$(leader "$name") || { echo "$name is not running" >&2; return 1; }
  nsenter -t "$p" --all -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" "$@"
}
kill_cgroup() { # kill_cgroup DIRECTORY...: end what is in these cgroups (one machine's, in each hierarchy), and remove them
  local cg i
  for cg in "$@"; do
    [ -d "$cg" ] || continue
    for ((i = 0; i < 500; i++)); do
      [ ! -e "$cg/cgroup.kill" ] || echo 1 >"$cg/cgroup.kill"
      find "$cg" -name cgroup.procs -exec cat {} + 2>/dev/null | { grep -v '^0$' || true; } | xargs -r kill -9 2>/dev/null || true
      find "$cg" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [ -d "$cg" ] || break
      sleep .02
    done
    [ ! -d "$cg" ] || { say "could not end what runs in $cg: $(find "$cg" -name cgroup.procs -exec cat {} + | xargs)"; return 1; }
  done
}
halt() { # halt NAME: pull its plug
  local tree all=()
  for tree in $(trees); do all+=("$tree/$ns-$1"); done
  kill_cgroup "${all[@]}"
}
release() { # release DIRECTORY-OR-SOURCE-PREFIX: unmount what is mounted below that directory, or was named so by us
  local at
  while read -r at; do umount -R "$at" || umount -R -l "$at"; done < <(
    awk -v d="$1" '{ source = ""; for (i = 7; i <= NF; i++) if ($i == "-") source = $(i + 2)
      if (index($5, d "/") == 1 || index(source, d) == 1) print $5 }' /proc/self/mountinfo | tac)
}
wipe() { # wipe NAME: pull its plug and throw away its disk
  halt "$1"; release "$run/$1"; release "$ns-$1"
  rm -rf "${run:?}/$1" "$run/$1.lower"
}
leave_netns() { # leave_netns NAME: what runs in it ends, its name is free again
  [ -e "/run/netns/$1" ] || return 0
  ip netns pids "$1" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
  ip -n "$1" link del wan 2>/dev/null || true
  ip netns del "$1" || { umount -l "/run/netns/$1" 2>/dev/null || true; rm -f "/run/netns/$1"; }
}
leftovers() { # whatever a lab of this prefix left behind, alive or dead, from whatever path: nothing of it stays
  local n tree
  for tree in $(trees); do for n in "$tree/$prefix"[0-9]-*; do kill_cgroup "$n"; done; done
  release "$state/run/$prefix"
  for n in 0 1 2; do release "$prefix$n-"; done
  for n in "/run/netns/$prefix"[0-9]-*; do leave_netns "${n##*/}"; done
  rm -rf "${run:?}"
}
room() { # each lab's machines hold some 20 inotify instances; the kernel's 128 are for all of root's
  local limit=/proc/sys/fs/inotify/max_user_instances
  [ "$(cat $limit)" -ge 1024 ] || { echo 1024 >$limit; } 2>/dev/null || say "fs.inotify.max_user_instances stays at $(cat $limit): enough for six labs"
}
network() { # the internet side's addresses; no default route: nothing can leave the lab
  local a
  ip netns add "$ns-inet"; ip -n "$ns-inet" link set lo up
  for a in $inet4; do ip -n "$ns-inet" addr add "$a/32" dev lo; done
  for a in $inet6; do ip -n "$ns-inet" addr add "2001:db8:100::$a/128" dev lo nodad; done
  ip netns exec "$ns-inet" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}
wire() { # a fresh VPS gets a fresh network card; $ns-wire is the switch where faults are made
  local n
  ip -n "$ns-inet" link del wan 2>/dev/null || true   # a deleted netns lets go of it only later
  for n in wire vps; do leave_netns "$ns-$n"; ip netns add "$ns-$n"; done
  ip -n "$ns-wire" link set lo up
  ip -n "$ns-wire" link add br0 type bridge
  ip -n "$ns-wire" link set br0 type bridge mcast_snooping 0
  ip -n "$ns-wire" link add inet type veth peer name wan netns "$ns-inet"
  ip -n "$ns-wire" link add vps type veth peer name eth0 netns "$ns-vps"
  for n in inet vps; do ip -n "$ns-wire" link set $n master br0 up; done
  ip -n "$ns-wire" link set br0 up
  ip -n "$ns-inet" addr add 198.51.100.1/24 dev wan
  ip -n "$ns-inet" link set wan up
  ip -n "$ns-inet" addr add fe80::1/64 dev wan nodad
  ip -n "$ns-inet" addr add 2001:db8:7::1/64 dev wan nodad
}
machine_evidence() { # machine_evidence NAME: what it says of itself
  ! [ -s "$run/$1.log" ] || { echo "--- console of $1"; tail -n 30 "$run/$1.log"; }
  leader "$1" >/dev/null || { echo "--- $1 is not running"; return 0; }
  echo "--- $1: failed units and queued jobs"; within "$1" systemctl --failed --no-legend --no-pager; within "$1" systemctl list-jobs --no-legend --no-pager
  echo "--- $1: journal"; within "$1" journalctl -b -p notice -n 60 --no-pager -o short-monotonic
}
evidence() { # what could explain a failure; printed by the ERR trap
  local name
  for name in inet vps; do [ ! -e "$run/$name.lower" ] || machine_evidence "$name" 2>&1; done
  ! [ -s "$run/up.log" ] || { echo "--- end of $run/up.log"; tail -n 40 "$run/up.log"; }
  echo "--- this machine: $(uname -r), umask $(umask), $(id -un), state in ${state:-?}, names $ns-*, network namespaces: $(ip netns | xargs)"
  findmnt -no SOURCE,FSTYPE,OPTIONS -T "${state:-/}"; df -h "${state:-/}" | tail -n 1; free -m | sed -n 2p
}
