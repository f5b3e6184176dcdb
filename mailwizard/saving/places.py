"""Where the backup and what belongs to it lie on the server."""

from __future__ import annotations

from mailwizard.answers import STATE_FOLDER

TREE = f"{STATE_FOLDER}/backup"
FILES = "files"  # below the tree: each saved file at its own path
MANIFEST = "mailwizard-backup.json"
ARCHIVE = "secrets.age"
README = "README.md"
KEY_PATH = f"{STATE_FOLDER}/backup_key"
PUBLIC_PATH = f"{KEY_PATH}.pub"
KNOWN_HOSTS = f"{STATE_FOLDER}/backup_known_hosts"
STATE_PATH = f"{STATE_FOLDER}/backup-state"
CONF_PATH = f"{STATE_FOLDER}/backup.conf"  # what the timer's script is told
LIST_PATH = f"{STATE_FOLDER}/backup.list"
TRIAL = f"{STATE_FOLDER}/backup-trial"  # a clone that a drill or a restore reads, gone afterwards
SCRIPT_PATH = "/usr/local/lib/mailwizard/backup.sh"
BRANCH = "main"
