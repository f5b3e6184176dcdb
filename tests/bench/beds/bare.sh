#!/bin/bash
# A mail server on the rehearsal's fresh VPS by bare commands, as an administrator who knows them all types them: IPv6,
# packages, records, certificate, chasquid with DKIM, a first message. Prints how many seconds each part took.
# The TSIG keys of the DNS host and of the provider's panel lie in /root/keys.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive NSUPDATE_SERVER=ns1.dnshost.example NSUPDATE_KEY=/root/keys/wizard.key
D=wizard-lab.example H=mail.wizard-lab.example V4=198.51.100.7 V6=2001:db8:7::7 S=bare
began=$EPOCHREALTIME
took() { awk -v a="$began" -v b="$EPOCHREALTIME" -v what="$1" 'BEGIN { printf "%s %.1f\n", what, b - a }'; began=$EPOCHREALTIME; }

sed -i -E 's/^(net\.ipv6\.conf\..*disable_ipv6 *= *)1/\10/' /etc/sysctl.conf
sysctl -q --system
cat >/etc/netplan/60-ipv6.yaml <<Y
network:
  version: 2
  ethernets:
    eth0:
      addresses: ["$V6/64"]
      routes: [{to: "::/0", via: "fe80::1", on-link: true}]
Y
chmod 600 /etc/netplan/60-ipv6.yaml
netplan generate && netplan apply 2>/dev/null
until curl -fs -m 2 https://api6.ipify.org >/dev/null; do sleep 0.2; done
hostnamectl set-hostname $H
sed -i "s/^127.0.1.1.*/127.0.1.1 $H mail/" /etc/hosts
took network

apt-get -qq update
apt-get -qq -y install chasquid acme.sh bind9-dnsutils acl >/dev/null 2>&1
took packages

nsupdate -k $NSUPDATE_KEY <<N
server $NSUPDATE_SERVER
zone $D
update delete $D. A
update add $D. 60 MX 10 $H.
update add $H. 60 A $V4
update add $H. 60 AAAA $V6
update add $D. 60 TXT "v=spf1 mx -all"
update add $H. 60 TXT "v=spf1 a -all"
update add _dmarc.$D. 60 TXT "v=DMARC1; p=reject; rua=mailto:postmaster@$D"
send
N
for address in $V4 $V6; do
    reverse=$(python3 -c 'import ipaddress, sys; print(ipaddress.ip_address(sys.argv[1]).reverse_pointer)' $address)
    printf 'server %s\nupdate delete %s. PTR\nupdate add %s. 60 PTR %s.\nsend\n' $NSUPDATE_SERVER "$reverse" "$reverse" $H |
        nsupdate -k /root/keys/panel.key
done
took records

acme.sh --issue --server letsencrypt --dns dns_nsupdate -d $D -d "*.$D" --dnssleep 2 >/root/acme.log 2>&1
mkdir -p /etc/chasquid/certs/$H
acme.sh --install-cert -d $D --fullchain-file /etc/chasquid/certs/$H/fullchain.pem \
    --key-file /etc/chasquid/certs/$H/privkey.pem --reloadcmd true >>/root/acme.log 2>&1
setfacl -R -m u:chasquid:rX /etc/chasquid/certs
took certificate

cd /etc/chasquid
grep -q '^hostname:' chasquid.conf || printf '\nhostname: "%s"\n' $H >>chasquid.conf
mkdir -p domains/$D
chasquid-util dkim-keygen $D $S >/dev/null
echo "postmaster: bob@$D" >domains/$D/aliases
chasquid-util user-add bob@$D --password=s3cret-s3cret >/dev/null
chown -R root:chasquid domains
chmod -R g+rX domains
value=$(chasquid-util dkim-dns $D $S | tr -d '"' | grep -o 'v=DKIM1.*')
printf 'server %s\nzone %s\nupdate add %s._domainkey.%s. 60 TXT %s\nsend\n' $NSUPDATE_SERVER $D $S $D \
    "$(fold -w 250 <<<"$value" | sed 's/.*/"&"/' | tr '\n' ' ')" | nsupdate -k $NSUPDATE_KEY
until dig +short TXT $S._domainkey.$D | grep -q DKIM1; do sleep 0.2; done
systemctl reset-failed chasquid
systemctl restart chasquid
took chasquid

python3 - <<'P'
import email.message, email.utils, smtplib, ssl, time
message = email.message.EmailMessage()
message["From"], message["To"], message["Subject"] = "bob@wizard-lab.example", "alice@bigmail.example", "by bare commands"
message["Date"], message["Message-ID"] = email.utils.localtime(), email.utils.make_msgid(domain="wizard-lab.example")
message.set_content("Hello.\n")
for _ in range(100):  # chasquid opens its ports a moment after systemd has started it
    try:
        server = smtplib.SMTP_SSL("mail.wizard-lab.example", 465, context=ssl.create_default_context())
        break
    except ConnectionRefusedError:
        time.sleep(0.1)
server.login("bob@wizard-lab.example", "s3cret-s3cret")
server.send_message(message)
server.quit()
P
until journalctl -u chasquid -o cat --no-pager | grep -q 'Queue.*sent'; do sleep 0.2; done
took mail
