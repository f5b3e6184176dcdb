"""Which view shows which step."""

from __future__ import annotations

from .addresses import Addresses
from .backup import Backup
from .certificate import Certificate
from .forwarding import Forwarding
from .mail_server import MailServer
from .names import Names
from .records import Records
from .reverse_dns import ReverseDns
from .senders import Senders
from .server import Server
from .step import StepView
from .test_mail import TestMail

_ALL: tuple[type[StepView], ...] = (
    Server,
    Names,
    Addresses,
    Certificate,
    MailServer,
    Records,
    ReverseDns,
    Senders,
    Forwarding,
    Backup,
    Backup,
    TestMail,
)
VIEWS: dict[str, type[StepView]] = {view.step: view for view in _ALL}
