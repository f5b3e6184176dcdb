"""git itself: nobody's configuration counts, nobody is asked, and what it says becomes a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwizard.host.local import LocalHost
from mailwizard.host.protocol import Ran
from mailwizard.log import CommandLog
from mailwizard.saving.git import Git, environment, ssh_command
from mailwizard.saving.git_hosts import fingerprint, git_host_of, git_hosts, where_to_paste
from mailwizard.saving.git_words import GitFailed, failure
from mailwizard.saving.remote import parse_remote
from tests.unit.saving.rooted import git

REMOTE = parse_remote("git@github.com:me/conf.git")
PUBLISHED = {  # as the hosts publish them
    "github.com": {
        "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
        "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
    },
    "gitlab.com": {"SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8"},
    "codeberg.org": {"SHA256:mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g"},
    "gitea.com": set[str](),
}


async def test_on_this_machine_gitpython_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[alias]\n\thash-object = !touch owned\n[core]\n\tbare = true\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    work = tmp_path / "work"
    work.mkdir()
    here = Git(LocalHost(CommandLog(None)), str(work), REMOTE)
    await here.begin()
    (work / "a").write_text("ä")
    await here.must("add", "--all")
    await here.must("commit", "--quiet", "--message=x")
    assert await here.commit_of("HEAD") == git(work, "rev-parse", "HEAD").strip()
    assert await here.commit_of("nothing") == ""
    assert await here.must("show", "HEAD:a") == "ä"
    assert git(work, "log", "-1", "--format=%an <%ae>").strip() == "mailwizard <mailwizard@localhost>"
    assert any("rev-parse" in line for line in here.host.log.tail)
    with pytest.raises(GitFailed, match="git failed at"):
        await here.must("show", "nothing")


async def test_a_protocol_that_runs_programs_is_refused(tmp_path: Path) -> None:
    here = Git(LocalHost(CommandLog(None)), str(tmp_path), REMOTE)
    for url in (f"ext::sh -c 'touch {tmp_path}/owned'", f"file://{tmp_path}", "https://git.example.org/x"):
        with pytest.raises(GitFailed):
            await here.must("ls-remote", url)
    assert not (tmp_path / "owned").exists()


def test_ssh_asks_nobody_and_believes_only_what_is_pinned() -> None:
    for option in (
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "IdentitiesOnly=yes",
        "-F /dev/null",
        "IdentityAgent=none",
    ):
        assert option in ssh_command()
    assert environment()["GIT_TERMINAL_PROMPT"] == "0"
    assert environment()["GIT_CONFIG_GLOBAL"] == "/dev/null"


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_shipped_host_keys_have_the_published_fingerprints(name: str) -> None:
    row = next(row for row in git_hosts() if row.name == name)
    assert {fingerprint(key.split(" ")[1]) for key in row.keys} == PUBLISHED[name]


def test_every_shipped_host_was_compared() -> None:
    assert {row.name for row in git_hosts()} == set(PUBLISHED)


@pytest.mark.parametrize(
    ("text", "known_as", "web"),
    [
        ("git@github.com:me/conf.git", "github.com", "https://github.com/me/conf.git"),
        ("git@GitHub.com:me/conf", "github.com", "https://github.com/me/conf.git"),
        ("ssh://git@git.example.org:2222/me/conf.git", "[git.example.org]:2222", "https://git.example.org/me/conf.git"),
        ("ssh://git@git.example.org/me/conf.git", "git.example.org", "https://git.example.org/me/conf.git"),
        ("git@git.example.org:/srv/conf.git", "git.example.org", "https://git.example.org/srv/conf.git"),
    ],
)
def test_an_address_in_its_parts(text: str, known_as: str, web: str) -> None:
    remote = parse_remote(text)
    assert (remote.known_as, remote.web) == (known_as, web)


def test_another_port_is_another_host() -> None:
    assert git_host_of(parse_remote("ssh://git@github.com:2222/me/conf.git")) is None


@pytest.mark.parametrize(
    ("remote", "words"),
    [
        ("git@github.com:me/conf.git", "https://github.com/me/conf/settings/keys/new"),
        ("git@gitlab.com:me/conf.git", "https://gitlab.com/me/conf/-/settings/repository"),
        ("git@codeberg.org:me/conf.git", "https://codeberg.org/me/conf/settings/keys"),
        ("git@git.example.org:me/conf.git", "Deploy keys (at Gitea and Forgejo /settings/keys"),
    ],
)
def test_where_the_deploy_key_is_pasted(remote: str, words: str) -> None:
    assert words in where_to_paste(parse_remote(remote))


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (" ! [rejected]        HEAD -> main (fetch first)", "pushed_meanwhile"),
        ("remote: error: GH006: Protected branch update failed\n ! [remote rejected] main", "refused"),
        ("ERROR: Write access to repository not granted.", "read_only"),
        ("remote: GitLab: This deploy key does not have write access to this project.", "read_only"),
        ("ERROR: The project you were looking for could not be found", "no_repository"),
        ("fatal: unable to write new index file: No space left on device", "disk_full"),
        ("kex_exchange_identification: Connection closed by remote host", "unreachable"),
        ('Timeout: the command("git push") did not complete in 120 secs.', "unreachable"),
        ("git: command not found", "no_git"),
        ("bash: line 1: git-receive-pack: command not found", "refused"),
        ("sh: 1: git-upload-pack: not found", "refused"),
        ("something \x1b[31mnew", "other"),
    ],
)
def test_what_git_says_becomes_a_sentence(said: str, cause: str) -> None:
    error = failure(Ran(("git",), 1, "", said), REMOTE)
    assert error.cause == cause
    assert "\x1b" not in str(error)
    assert str(error).endswith(".")
