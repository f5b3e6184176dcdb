#!/usr/bin/env python3
"""The lab's part of PyPI.

wheels.py needs PYPROJECT     print the requirements to download, one a line
wheels.py index WHEELS WEB    lay out WHEELS as a "simple" index (PEP 503) under WEB
"""

import hashlib
import re
import shutil
import sys
from pathlib import Path

import tomllib  # run by Debian's own python3 (3.11 or later)

ALWAYS = ["setuptools", "wheel", "pip"]  # what pipx and venv fetch for themselves


def needs(pyproject: Path) -> list[str]:
    """Return the run-time and build requirements of a pyproject.toml (PEP 508 strings)."""
    config = tomllib.loads(pyproject.read_text())
    return sorted({*config["project"]["dependencies"], *config["build-system"]["requires"], *ALWAYS})


def index(wheels: Path, web: Path) -> None:
    """Lay out every wheel below web/packages, and a page of links for each project below web/simple."""
    shutil.rmtree(web, ignore_errors=True)
    (web / "packages").mkdir(parents=True)
    for wheel in sorted([*wheels.glob("*.whl"), *wheels.glob("*.tar.gz")]):
        name = re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower()  # no sdist here has a hyphen in its name
        page = web / "simple" / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(wheel, web / "packages")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        with page.open("a") as out:
            out.write(f'<a href="/packages/{wheel.name}#sha256={digest}">{wheel.name}</a><br>\n')


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["needs", pyproject]:
            print("\n".join(needs(Path(pyproject))))
        case ["index", wheels, web]:
            index(Path(wheels), Path(web))
        case _:
            sys.exit(__doc__)
