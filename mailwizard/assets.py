"""The files that come with the program: templates, help texts, catalogues, styles."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Traversable

    from jinja2 import Environment, Template


def folder() -> Traversable:
    """The assets' folder: inside the package when installed, beside it in a checkout."""
    installed = resources.files("mailwizard") / "assets"
    return installed if installed.is_dir() else Path(__file__).resolve().parent.parent / "assets"


def read(name: str) -> str:
    """The text of the asset `name`, such as `help/server.md`. Raises FileNotFoundError when there is none."""
    return folder().joinpath(*_parts(name)).read_text(encoding="utf-8")


def names(under: str) -> list[str]:
    """The names of the files in the assets' folder `under`, sorted. Raises FileNotFoundError when there is none."""
    return sorted(entry.name for entry in folder().joinpath(*_parts(under)).iterdir() if entry.is_file())


def template(name: str) -> Template:
    """The jinja2 template `templates/NAME.j2` (the `.j2` may be given). Raises jinja2.TemplateNotFound.

    A value that is missing at `render` raises jinja2.UndefinedError, rather than leaving a hole in the file.
    """
    return _environment().get_template(name if name.endswith(".j2") else f"{name}.j2")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    # no autoescape: these are configuration files of servers, and HTML's escapes would break them
    return Environment(
        loader=FunctionLoader(_source), undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )


def _source(name: str) -> str | None:
    try:
        return read(f"templates/{name}")
    except FileNotFoundError:
        return None


def _parts(name: str) -> list[str]:
    parts = name.split("/")
    if ".." in parts or "" in parts:
        raise FileNotFoundError(f"there is no asset “{name}”")
    return parts
