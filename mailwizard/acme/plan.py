"""From the machine as it is to a certificate that lies where chasquid reads it and renews itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mailwizard.acme import places
from mailwizard.acme.client import Order, order_for
from mailwizard.acme.credentials import credentials_changes
from mailwizard.acme.install import install_changes
from mailwizard.acme.issue import InstallCertificate, IssueCertificate
from mailwizard.acme.look import Files, facts_good, good
from mailwizard.acme.names import wanted_names
from mailwizard.acme.pem import BrokenCertificate, facts_of
from mailwizard.acme.renewal import quiet_changes, renewal_changes
from mailwizard.acme.saved import saved_changes
from mailwizard.answers import Answers
from mailwizard.change import Change
from mailwizard.dns.answer import EveryServer
from mailwizard.errors import FileMissing, FileUnreadable
from mailwizard.host.protocol import Host, text_of
from mailwizard.secret import Secret


async def changes(
    host: Host,
    answers: Answers,
    files: Files,
    variables: Mapping[str, Secret],
    now: datetime,
    everywhere: EveryServer,
) -> list[Change]:
    """All that is to be done, in order. `variables`: the plugin's, as given now or as kept in the file; `everywhere`
    asks every authoritative server afresh."""
    order, hostname = order_for(wanted_names(answers), answers.certificate), answers.server.hostname
    credentials = await credentials_changes(host, variables)
    installed = await install_changes(host, answers)
    saved = await saved_changes(host, order, variables)
    ours = await _filed(host, order, answers, now)
    certificate: list[Change] = []
    if not (good(files, answers, now) and ours):
        order_it = [] if ours else [IssueCertificate(order, variables, everywhere)]
        certificate = [*await quiet_changes(host), *order_it, InstallCertificate(order.names[0], hostname)]
    key = await places.key_changes(host, hostname) if await places.group_known(host) else []
    renewal = await renewal_changes(host)
    seen = [change for change in renewal if change not in certificate]
    return [*credentials, *installed, *saved, *certificate, *([] if certificate else key), *seen]


async def _filed(host: Host, order: Order, answers: Answers, now: datetime) -> bool:
    """True when acme.sh holds a good certificate of this order, from this authority, and will renew it."""
    folder = f"{places.HOME}/{order.names[0]}_ecc"
    try:
        conf = await text_of(host, f"{folder}/{order.names[0]}.conf")
        facts = facts_of(await host.read(f"{folder}/fullchain.cer"))
    except FileUnreadable:
        return True  # not for this user to see: what lies in chasquid's folder is judged
    except (FileMissing, BrokenCertificate):
        return False
    values = dict(line.split("=", 1) for line in conf.splitlines() if "=" in line)
    filed = {key: value.strip("'\"") for key, value in values.items()}
    same = filed.get("Le_API") == order.directory and filed.get("Le_Webroot") == order.plugin
    return same and facts_good(facts, answers, now)
