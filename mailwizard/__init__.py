"""mailwizard turns a fresh server into a mail server whose mail is accepted, and shows that it is so."""

__version__ = "1.0.0"
