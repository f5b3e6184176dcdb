"""Files that hosting providers' images of Ubuntu have: `tests/cases/images/<code name>/<path>`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "cases" / "images"


def image(codename: str) -> dict[str, str]:
    """The image's files by their paths."""
    root = FOLDER / codename
    return {f"/{path.relative_to(root)}": path.read_text("utf-8") for path in root.rglob("*") if path.is_file()}


def os_release(codename: str) -> str:
    """Its /etc/os-release."""
    return image(codename)["/etc/os-release"]
