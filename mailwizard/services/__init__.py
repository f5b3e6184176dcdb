"""The steps of the set-up, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mailwizard.secret import Secret
from mailwizard.service import Service

if TYPE_CHECKING:
    from mailwizard.dns.dns import Dns


class Services:
    """All services of one run. `order` is the order in which they are set up."""

    def __init__(self, dns: Dns, credentials: Mapping[str, Secret], passwords: Mapping[str, Secret]) -> None:
        from mailwizard.services.addresses import Addresses
        from mailwizard.services.backup import Backup
        from mailwizard.services.certificate import Certificate
        from mailwizard.services.forwarding import Forwarding
        from mailwizard.services.mail_server import MailServer
        from mailwizard.services.names import Names
        from mailwizard.services.records import Records
        from mailwizard.services.reverse_dns import ReverseDns
        from mailwizard.services.senders import Senders
        from mailwizard.services.server import Server
        from mailwizard.services.test_mail import TestMail

        self.dns = dns
        self.records = Records(dns)
        self.senders = Senders(passwords)
        self.reverse_dns = ReverseDns(dns)
        self.backup = Backup()
        self.order: tuple[Service, ...] = (
            Server(dns),
            Names(dns),
            Addresses(dns),
            Certificate(dns, credentials),
            MailServer(dns),
            self.records,
            self.reverse_dns,
            self.senders,
            Forwarding(dns),
            self.backup,
            TestMail(dns),
        )
