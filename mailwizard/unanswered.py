"""Which answers a step cannot do without. A step that lacks one is not looked at: it could only ask nonsense."""

from __future__ import annotations

from mailwizard.answers import Answers

_FREE = ("server", "names", "addresses")


def unanswered(step: str, answers: Answers) -> str:
    """What is to be answered before `step` can be looked at, in a sentence; empty when nothing is."""
    named = bool(answers.domains and answers.server.hostname)
    if step == "names":
        return "" if named else "Say which domains you send for, and how this server is called."
    if step not in _FREE and not named:
        return "Answer Names first: nothing can be said without your domain and the server's name."
    if step == "certificate":
        return _certificate(answers)
    if step in ("senders", "test_mail") and not answers.senders:
        return "Say who sends: an address needs a name before the @." if step == "senders" else "Answer Senders first."
    return ""


def _certificate(answers: Answers) -> str:
    certificate = answers.certificate
    if not certificate.dns_plugin:
        return "Say where your domain's records stand: that DNS provider proves that the domain is yours."
    return "" if certificate.email else "Say which address gets the authority's mail."
