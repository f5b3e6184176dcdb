"""/etc/chasquid/chasquid.conf: what mailwizard needs in it (chasquid.conf(5), keys that 1.14 to 1.19 all know)."""

from __future__ import annotations

from mailwizard import assets
from mailwizard.mta import conf_text

PATH = "/etc/chasquid/chasquid.conf"
TEMPLATE = "chasquid.conf.j2"


def wanted_conf(found: str | None, hostname: str) -> str:
    """The file's text: from the template, or what stands there with the values that mailwizard needs set in it."""
    if found is None:
        return assets.template(TEMPLATE).render(hostname=hostname)
    return conf_text.with_values(found, needed_values(hostname))


def needed_values(hostname: str) -> dict[str, str]:
    """The values without which the set-up does not hold."""
    sockets = ("smtp_address", "submission_address", "submission_over_tls_address")
    fixed = {"data_dir": "/var/lib/chasquid", "mail_log_path": "<syslog>"}
    return {"hostname": hostname} | dict.fromkeys(sockets, "systemd") | fixed


def hostname_in(text: str) -> str:
    """The name that chasquid calls itself by this file; empty when it would take the system's."""
    return conf_text.values(text).get("hostname", "")
