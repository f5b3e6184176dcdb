#!/bin/bash
# build.sh [suite...]: all that needs the package registries, once, into cache/ (again only for what is missing or out of date)
. "$(dirname "$(readlink -f "$0")")/common.sh"
state=${MAILWIZARD_LAB_STATE:-$(find_state)}; export MAILWIZARD_LAB_STATE=$state
cache=$state/cache; mkdir -p "$cache"; suites=${*:-trixie}
exec 9>"$state/cache.lock"; flock 9   # two lanes build once
log=$cache/build.log

evidence() { ! [ -s "$log" ] || { echo "--- end of $log"; tail -n 60 "$log"; }; }

common=systemd,systemd-sysv,dbus,iproute2,iputils-ping,procps,ca-certificates,openssh-server,git,python3
vps=$common,libpam-systemd,udev,netplan.io,python3-venv,pipx,curl,sudo,apt,less,nano,tmux,cron
# what an Ubuntu server of a hosting provider has besides
ubuntu=needrestart,ufw,systemd-resolved,lsb-release,unattended-upgrades
inet=$common,openssl,knot,knot-dnsutils,unbound,pebble,nginx-light,postfix,opendkim,opendkim-tools,opendmarc,postfix-policyd-spf-python,nftables,bind9-dnsutils,swaks
# what may be installed on a VPS; each line is one apt-get install, for other mail servers exclude one another
wanted=("chasquid acme.sh socat adduser openssl acl fail2ban dovecot-imapd dovecot-lmtpd bind9-dnsutils swaks nftables bsd-mailx rsync maildrop age"
  "unattended-upgrades systemd-timesyncd locales tzdata ufw netcat-openbsd strace" postfix exim4-daemon-light "chrony" "systemd-resolved")
# on PyPI without a wheel
sources=(dkimpy)

names() { # the registries' own names, as this machine's apt and pip know them; the lab plays them later
  local debian deb_host pypi_host files_host
  debian=$(apt-get indextargets --format '$(REPO_URI)' 'Component: main' | { grep -v security || true; } | sort -u | sed -n 1p); debian=${debian%/}
  [ -n "$debian" ] || { say "apt knows no Debian mirror: run apt-get update"; return 1; }
  deb_host=$(printf %s "$debian" | cut -d/ -f3)
  read -r pypi_host files_host < <(python3 -c 'from pip._internal.models.index import PyPI; print(PyPI.netloc, PyPI.file_storage_domain)')
  [ -n "$files_host" ] || { say "this machine's python3 has no pip: apt-get install python3-pip"; return 1; }
  printf 'debian=%s\ndeb_host=%s\npypi_host=%s\nfiles_host=%s\n' "$debian" "$deb_host" "$pypi_host" "$files_host" >"$cache/names.new"
  mv "$cache/names.new" "$cache/names"
}
root() { # root NAME SUITE PACKAGES: a root file system in cache/NAME
  [ ! -e "$cache/$1/.done" ] || return 0
  say "root file system $1 ($2)"
  rm -rf "${cache:?}/$1"
  logged "$log" mmdebstrap --mode=root --variant=minbase --aptopt='APT::Sandbox::User "root"' --include="$3" "$2" "$cache/$1" "$debian"
  rm -f "$cache/$1/var/lib/dbus/machine-id"; touch "$cache/$1/.done"
}
authority() { # a certificate authority for the lab's own https names, and the administrator's ssh key
  [ ! -e "$cache/admin.pub" ] || return 0
  local played="acme.internal acme-v02.api.letsencrypt.org acme-staging-v02.api.letsencrypt.org $deb_host $pypi_host $files_host
    api.ipify.org api6.ipify.org api64.ipify.org icanhazip.com cloudflare-dns.com mx.bigmail.example mta-sts.bigmail.example"
  logged "$log" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj "/CN=Lab root" -keyout "$cache/ca.key" -out "$cache/ca.crt"
  logged "$log" openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=lab" -keyout "$cache/lab.key" -out "$cache/lab.csr"
  # shellcheck disable=SC2086
  echo "subjectAltName=$(printf 'DNS:%s,' $played | sed 's/,$//'),IP:203.0.113.14" >"$cache/lab.ext"
  logged "$log" openssl x509 -req -in "$cache/lab.csr" -CA "$cache/ca.crt" -CAkey "$cache/ca.key" -CAcreateserial -days 3650 \
    -out "$cache/lab.crt" -extfile "$cache/lab.ext"
  rm -f "$cache/admin"; logged "$log" ssh-keygen -q -t ed25519 -N '' -C admin-laptop -f "$cache/admin"
}
internet() { # the servers of the internet side
  [ ! -e "$cache/inet/.configured" ] || return 0
  root inet trixie "$inet"
  logged "$log" chrooted "$cache/inet" bash -euxc '
    useradd -m -s /usr/bin/git-shell git; usermod -p "*" git
    git init -q --bare -b main /srv/mail-config.git; chown -R git: /srv/mail-config.git
    install -d -o git -g git -m 700 /home/git/.ssh; install -o git -g git -m 600 /dev/null /home/git/.ssh/authorized_keys
    useradd -m alice; mkdir -p /etc/lab
    opendkim-genkey -b 2048 -d bigmail.example -s big -D /etc/lab; chown opendkim: /etc/lab/big.private
    rm -f /etc/nginx/sites-enabled/default /etc/unbound/unbound.conf.d/*
    printf "%s\n" "policyd-spf unix - n n - 0 spawn" "    user=policyd-spf argv=/usr/bin/policyd-spf" >>/etc/postfix/master.cf
    systemctl enable -q knot unbound nginx postfix opendkim opendmarc ssh
    touch /.configured'
}
mirror() { # mirror SUITE ROOT GROUP...: part of the suite's archive
  local want; want=$(printf '%s\n' "${@:3}" | sha256sum | cut -c1-16)
  [ "$(cat "$cache/mirror-$1" 2>/dev/null || true)" != "$want" ] || return 0
  say "part of the Debian mirror ($1)"
  logged "$log" "$lab/mirror.sh" "$cache/$2" "$1" "${@:3}"
  echo "$want" >"$cache/mirror-$1"
}
archive() { # archive SUITE DEBIAN VERSION WITHOUT...: Ubuntu's own archive, by packages of DEBIAN, signed with a key of the lab
  local web=$cache/www/archive.ubuntu.com/ubuntu debian_web=$cache/www/$deb_host/debian home dist
  local index=$debian_web/dists/$2/main/binary-amd64/Packages.xz
  [ ! -e "$cache/ubuntu-$1.gpg" ] || [ "$index" -nt "$cache/ubuntu-$1.gpg" ] || return 0
  say "Ubuntu's archive ($1, by packages of $2)"
  mkdir -p "$web/dists"; ln -sfn "../../$deb_host/debian/pool" "$web/pool"; ln -sfn archive.ubuntu.com "$cache/www/security.ubuntu.com"
  logged "$log" python3 "$lab/archive.py" "$1" "$3" "$index" "$debian_web/pool" "$web" "${@:4}"
  home=$(mktemp -d); chmod 700 "$home"
  logged "$log" gpg --homedir "$home" --batch --passphrase '' --quick-gen-key "Ubuntu Archive Automatic Signing Key (the lab's)" rsa2048 sign never
  for dist in "$web/dists/$1"{,-updates,-security}; do
    logged "$log" gpg --homedir "$home" --batch --yes --clearsign --output "$dist/InRelease" "$dist/Release"
  done
  logged "$log" gpg --homedir "$home" --batch --yes --export --output "$cache/ubuntu-$1.gpg.new"
  gpgconf --homedir "$home" --kill all; rm -rf "$home"
  mv "$cache/ubuntu-$1.gpg.new" "$cache/ubuntu-$1.gpg"; touch "$cache/ubuntu-$1.gpg"
}
wheels() { # what pip and pipx may install on a VPS: the checkout's run-time dependencies and its build backend
  local needs want py
  mapfile -t needs < <(python3 "$lab/wheels.py" needs "$checkout/pyproject.toml")
  [ "${#needs[@]}" -gt 4 ] || { say "could not read the dependencies from $checkout/pyproject.toml"; return 1; }
  want=$(printf '%s\n' "${needs[@]}" | sha256sum | cut -c1-16)
  [ "$(cat "$cache/wheels-for" 2>/dev/null || true)" != "$want" ] || return 0
  say "wheels: ${needs[*]}"
  rm -rf "$cache/wheels" "$cache/built"; mkdir -p "$cache/wheels" "$cache/built"
  # a project without wheels is served as it is, and built here only so that pip can go on from it to what it needs
  logged "$log" python3 -m pip download --disable-pip-version-check --progress-bar off -d "$cache/wheels" --no-deps --no-binary=:all: "${sources[@]}"
  logged "$log" python3 -m pip wheel --disable-pip-version-check --progress-bar off -w "$cache/built" --no-deps "$cache"/wheels/*.tar.gz
  for py in 3.11 3.13; do # bookworm's Python and trixie's
    logged "$log" python3 -m pip download --disable-pip-version-check --progress-bar off -d "$cache/wheels" --only-binary=:all: --python-version $py --platform any \
      --find-links "$cache/built" --platform manylinux_2_34_x86_64 --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 "${needs[@]}"
  done
  for py in "$cache"/built/*.whl; do rm "$cache/wheels/$(basename "$py")"; done
  python3 "$lab/wheels.py" index "$cache/wheels" "$cache/www/$pypi_host"
  echo "$want" >"$cache/wheels-for"
}

[ -s "$cache/names" ] || names
. "$cache/names"
authority
internet
for suite in $suites; do
  real=$(worn_by "$suite")
  root "vps-$real" "$real" "$vps"
  mirror "$real" "vps-$real" "${wanted[@]}"
  [ "$suite" = "$real" ] || root "vps-$suite" "$real" "$vps,$ubuntu"
done
[[ " $suites " != *" jammy "* ]] || archive jammy bookworm 22.04 acme.sh debian-archive-keyring chasquid
[[ " $suites " != *" noble "* ]] || archive noble trixie 24.04 acme.sh debian-archive-keyring
# the mirrors of Debian that mailwizard knows, played by the one that was copied
for host in ftp.debian.org ftp.de.debian.org ftp.us.debian.org; do
  [ "$host" = "$deb_host" ] || ln -sfn "$deb_host" "$cache/www/$host"
done
# Debian testing's chasquid and acme.sh, for whoever pins them
mirror forky "vps-$(worn_by "${suites%% *}")" "chasquid acme.sh"
wheels
