"""Everything that can go wrong and is told to the user: one tree, each error a sentence and an exit code."""

from __future__ import annotations

from typing import ClassVar


class MailwizardError(Exception):
    """Something that the user is told in one sentence. `str()` is that sentence."""

    exit_code: ClassVar[int] = 1


class Stopped(MailwizardError):
    """The user, the terminal or the system ended the program."""

    def __init__(self) -> None:
        super().__init__("Stopped. Start again to go on from here.")


class UsageError(MailwizardError):
    """A wrong command line or a wrong file given to it."""

    exit_code = 2


class AnswersError(UsageError):
    """An answers file that cannot be used: the sentence has the file, the key and the reason."""


class BusyError(MailwizardError):
    """Another mailwizard is changing this server."""

    exit_code = 4


class HostError(MailwizardError):
    """The machine could not do what was asked of it."""


class FileMissing(HostError):
    """There is no such file."""


class FileUnreadable(HostError):
    """The file is there, and may not be read (or written) by this user."""


class CommandFailed(HostError):
    """A command ended with another exit code than 0, was not found, or took too long."""


class Unreachable(HostError):
    """A connection could not be made, was refused, or broke."""


class FileChanged(HostError):
    """A file was changed by somebody else between the plan and the change."""
