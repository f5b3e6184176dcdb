"""Where the backup goes, and what becomes of the secrets."""

from __future__ import annotations

from mailwizard import values
from mailwizard.forms.field import Field
from mailwizard.forms.writing import text
from mailwizard.wizard import Wizard

_SECRETS = (
    ("exclude", "left out: a restored server makes new ones"),
    ("age", "encrypted to the public key above"),
    ("plain", "in the open: whoever reads the repository can send mail as you"),
)


def fields(wizard: Wizard) -> list[Field]:
    """The repository, the public key of age, and the choice about secrets, which needs that key."""
    backup = wizard.answers.backup
    return [
        Field(
            "remote",
            "Git repository",
            backup.remote,
            "A private, empty one: git@github.com:me/conf.git. Leave it empty for no backup.",
            text(wizard, "backup", "remote"),
            values.git_remote,
        ),
        Field(
            "age_recipient",
            "Public key of age",
            backup.age_recipient,
            "Only for encrypted secrets: age1... `mailwizard backup --new-key` makes one, on a computer of yours.",
            text(wizard, "backup", "age_recipient"),
            values.age_recipient,
        ),
        Field(
            "secrets",
            "Secrets",
            backup.secrets,
            "Keys, passwords' hashes and the DNS provider's token.",
            text(wizard, "backup", "secrets"),
            choices=_SECRETS,
        ),
    ]
