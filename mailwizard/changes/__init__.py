"""The family of changes. Services make them, the engine performs them, the journal reads them back with `from_json`."""

from mailwizard.changes.reading import from_json, register

__all__ = ["from_json", "register"]
