"""Where the server's files are saved, and what becomes of the secrets among them."""

from __future__ import annotations

from mailwizard import values
from mailwizard.forms.field import Field
from mailwizard.forms.writing import text
from mailwizard.wizard import Wizard

SECRETS = (
    ("exclude", "left out: a restored server makes new ones"),
    ("age", "encrypted with age"),
    ("plain", "in the open: whoever reads the repository has them"),
)


def fields(wizard: Wizard) -> list[Field]:
    """The repository; with one, what happens to secrets; with age, for whom they are encrypted."""
    backup = wizard.answers.backup
    asked = [
        Field(
            "remote",
            "Git repository",
            backup.remote,
            "An empty, private one of yours: git@github.com:me/conf.git. Leave it empty for no backup.",
            text(wizard, "backup", "remote"),
            values.git_remote,
        )
    ]
    if backup.remote:
        asked.append(_secrets(wizard))
    if backup.remote and backup.secrets == "age":
        asked.append(_recipient(wizard))
    return asked


def _secrets(wizard: Wizard) -> Field:
    return Field(
        "secrets",
        "Secrets in it",
        wizard.answers.backup.secrets,
        "Keys, password hashes, your DNS provider's token.",
        text(wizard, "backup", "secrets"),
        choices=SECRETS,
    )


def _recipient(wizard: Wizard) -> Field:
    return Field(
        "age_recipient",
        "Encrypted for",
        wizard.answers.backup.age_recipient,
        "The public half of a key pair, age1...: `mailwizard backup --new-key` makes one.",
        text(wizard, "backup", "age_recipient"),
        values.age_recipient,
        may_be_empty=False,
    )
