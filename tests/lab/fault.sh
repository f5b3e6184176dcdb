# fault.sh: things that go wrong at a real provider; sourced by lab. `heal` undoes all but `kill` and `dns`.
nft_wire() { ip netns exec "$ns-wire" nft "$@"; }
drop() { # drop NFT-MATCH... : frames that match get lost at the switch
  nft_wire add table bridge faults
  nft_wire add chain bridge faults f '{ type filter hook forward priority 0; }'
  nft_wire add rule bridge faults f "$@"
}
refuse25() { # this kernel's bridges can't reject; the router can
  ip netns exec "$ns-inet" nft "add table inet faults; add chain inet faults f { type filter hook input priority 0; };
    add rule inet faults f iifname wan tcp dport 25 reject with tcp reset"
}
heal() {
  local n
  nft_wire delete table bridge faults 2>/dev/null || true
  ip netns exec "$ns-inet" nft delete table inet faults 2>/dev/null || true
  ip netns pids "$ns-wire" | xargs -r kill   # delay.py is all that ever runs there
  for n in inet vps; do
    ip netns exec "$ns-wire" tc qdisc del dev $n root 2>/dev/null || true
    ip -n "$ns-wire" link set $n master br0 up
  done
  within vps rm -f /var/ballast 2>/dev/null || true
}
registrar() { # every zone is again as it was when the domain was bought
  local zone
  for zone in wizard-lab.example second-lab.example 100.51.198.in-addr.arpa 7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa; do
    within inet knotc -f zone-purge +journal +timers "$zone" >>"$run/up.log"
  done
  within inet knotc -b zone-reload >>"$run/up.log"
  within inet unbound-control flush_zone . >>"$run/up.log"
}
fault() {
  local what=${1:-}; shift || true
  case "$what" in
    port25) if [ "${1:-}" = reject ]; then refuse25; else drop iifname vps tcp dport 25 counter drop; fi ;;
    port25in) drop oifname vps tcp dport 25 counter drop ;;
    drop) drop "$@" drop ;;
    cut) drop counter drop; [ -z "${1:-}" ] || { sleep "$1"; heal; } ;;
    unplug) ip -n "$ns-wire" link set vps down; [ -z "${1:-}" ] || { sleep "$1"; heal; } ;;
    delay) ip -n "$ns-wire" link set inet nomaster; ip -n "$ns-wire" link set vps nomaster
      setsid ip netns exec "$ns-wire" python3 "$lab/delay.py" inet vps "$@" </dev/null >>"$run/delay.log" 2>&1 & ;;
    slow) local n; for n in inet vps; do ip netns exec "$ns-wire" tc qdisc replace dev $n root tbf rate "$1" burst 32kbit latency 400ms; done ;;
    kill) local tree; tree=$(trees)
      find "${tree%% *}/$ns-vps" -path "*/$1/cgroup.procs" -exec cat {} + | xargs -r kill -9 ;;
    fill) within vps sh -c "f=\$(df -m --output=avail / | tail -1); head -c \$(( (f-$1) * 1048576 )) /dev/zero >/var/ballast" ;;
    heal) heal ;;
    dns) registrar ;;
    *) cat >&2 <<'T'
lab fault port25 [reject] | port25in | drop NFT-MATCH | cut [S] | unplug [S] | delay MS [LOSS 0..1] | slow RATE (1mbit)
        | kill UNIT | fill MB_LEFT (a VPS made with a disk size) | heal | dns (the domain as registered)
T
      return 2 ;;
  esac
}
