"""Proving to a machine who the user is: agent, keys, password, and whatever else it asks (RFC 4252, RFC 4256)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from mailwizard.errors import Unreachable
from mailwizard.host.ssh_asking import Asker
from mailwizard.host.ssh_keys import agent_keys, key_of, needs_passphrase, passphrase_question
from mailwizard.host.ssh_place import Place
from mailwizard.host.ssh_threads import blocking
from mailwizard.secret import Secret
from mailwizard.text import one_line

if TYPE_CHECKING:
    from paramiko import PKey, Transport

_TRIES = 3  # a mistyped password is asked for again


class Login:
    """Logs in on a connection; what the user typed is kept in the asker, so that a reconnection asks nothing."""

    def __init__(self, place: Place, asker: Asker) -> None:
        self._place = place
        self._asker = asker
        self._good_key: PKey | None = None

    @property
    def password_question(self) -> str:
        """What the user is asked for the account's password; the asker keeps the answer under it."""
        return f"Password of {self._place.label}"

    async def log_in(self, transport: Transport) -> None:
        """Returns when the machine is satisfied. Raises Unreachable with what to do when it is not."""
        from paramiko import SSHException

        try:
            ways = await self._begin(transport)
            if ways and "publickey" in ways:
                ways = await self._with_keys(transport, ways)
            if ways and "keyboard-interactive" in ways:
                ways = await self._by_questions(transport, ways)
            if ways and "password" in ways:
                ways = await self._with_password(transport, ways)
        except (SSHException, EOFError, OSError) as error:
            raise Unreachable(f"{self._place.label} ended the login: {one_line(str(error)) or 'no reason'}.") from None
        if not transport.is_authenticated():
            raise Unreachable(self._refused(ways))

    async def _begin(self, transport: Transport) -> Sequence[str]:
        """The ways that the machine offers; none when it wants nothing more."""
        return await self._attempt(transport, lambda: transport.auth_none(self._place.user), ())

    async def _attempt(self, transport: Transport, work: Callable[[], list[str]], ways: Sequence[str]) -> Sequence[str]:
        """The ways that are left to go: those that were there when `work` is refused. Raises Unreachable."""
        from paramiko import AuthenticationException, BadAuthenticationType

        try:
            return await blocking(work)
        except BadAuthenticationType as error:
            return tuple(error.allowed_types)
        except AuthenticationException:
            if not transport.is_active():
                raise Unreachable(self._hung_up()) from None
            return ways

    async def _with_keys(self, transport: Transport, ways: Sequence[str]) -> Sequence[str]:
        for key in self._keys():
            left = await self._attempt(transport, partial(transport.auth_publickey, self._place.user, key), ways)
            if transport.is_authenticated() or "publickey" not in left:
                self._good_key = key
                return left
        return ways

    def _keys(self) -> Iterator[PKey]:
        """The key that was accepted before, the agent's, those in files; last those that need a passphrase."""
        if self._good_key is not None:
            yield self._good_key
        if self._place.agent:  # those that the user named first: a server lets only a few be tried
            named, others = agent_keys(self._place.keys)
            yield from named if self._place.only_these_keys else [*named, *others]
        locked = []
        for file in self._place.keys:
            key = key_of(file, self._asker.known(passphrase_question(file)))
            if key is not None:
                yield key
            elif needs_passphrase(file):
                locked.append(file)
        for file in locked:  # asked for last: another key may do
            if (opened := self._unlocked(file)) is not None:
                yield opened

    def _unlocked(self, file: str) -> PKey | None:
        question = passphrase_question(file)
        for _ in range(_TRIES):
            typed = self._asker.ask(question)
            if typed is None:
                return None
            if (key := key_of(file, typed)) is not None:
                self._asker.keep(question, typed)
                return key
        return None

    async def _with_password(self, transport: Transport, ways: Sequence[str]) -> Sequence[str]:
        question = self.password_question
        known = self._asker.known(question)
        for _ in range(_TRIES):
            typed = known or self._asker.ask(question)
            if typed is None:
                return ways
            by_password = partial(transport.auth_password, self._place.user, typed.reveal())
            ways = await self._attempt(transport, by_password, ways)
            if transport.is_authenticated():
                self._asker.keep(question, typed)
                return ways
            known = None
        return ways

    async def _by_questions(self, transport: Transport, ways: Sequence[str]) -> Sequence[str]:
        """The machine's own questions: most often the password, or a code."""
        loop = asyncio.get_running_loop()

        def answer(title: str, instructions: str, prompts: Sequence[tuple[str, bool]]) -> list[str]:
            # called in paramiko's thread; the terminal is asked in ours
            asked = asyncio.run_coroutine_threadsafe(self._answers(prompts), loop)
            return [secret.reveal() for secret in asked.result()]

        if not self._asker.can_ask and self._asker.known(self.password_question) is None:
            return ways
        for _ in range(_TRIES):
            ways = await self._attempt(transport, lambda: transport.auth_interactive(self._place.user, answer), ways)
            if transport.is_authenticated() or "keyboard-interactive" not in ways:
                break
            self._asker.forget(self.password_question)
            if not self._asker.can_ask:
                break
        return ways

    async def _answers(self, prompts: Sequence[tuple[str, bool]]) -> list[Secret]:
        answers = []
        for prompt, _ in prompts:
            own = "password" in prompt.lower()
            question = self.password_question if own else f"{self._place.label}: {prompt.strip().rstrip(':')}"
            known = self._asker.known(question) if own else None
            answer = known or self._asker.ask(question) or Secret("")
            if own and answer:
                self._asker.keep(question, answer)
            answers.append(answer)
        return answers

    def _hung_up(self) -> str:
        return (
            f"{self._place.label} hung up during the login. Most often it allows only so many tries, and each key "
            "counts: name the right one in ~/.ssh/config (IdentityFile, and IdentitiesOnly yes), then start again."
        )

    def _refused(self, ways: Sequence[str]) -> str:
        where = self._place
        if self._asker.can_ask:
            return f"{where.label} accepted no key and no password. Check the name, and that `{where.by_hand}` works."
        if "password" in ways or "keyboard-interactive" in ways:
            return (
                f"{where.label} accepts none of your keys, and there is no terminal to ask for the password. "
                f"Give it your key with `ssh-copy-id`, or start mailwizard on a terminal."
            )
        return f"{where.label} accepts none of your keys. Check that `{where.by_hand}` works, then try again."
