"""How long `mailwizard --version` takes beside bare Python, and what `import mailwizard.dns` costs. Prints ratios."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

CASES = {
    "python -c pass": ["-c", "pass"],
    "mailwizard --version": ["-m", "mailwizard", "--version"],
    "mailwizard --help": ["-m", "mailwizard", "--help"],
    "import mailwizard.dns.dns": ["-c", "import mailwizard.dns.dns"],
    "import mailwizard.dns.mistakes": ["-c", "import mailwizard.dns.mistakes"],
    "import textual.app": ["-c", "import textual.app"],
}
ROUNDS = 9


def seconds(words: list[str]) -> float:
    """One run, from start to end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """The cases take turns, so that the machine's moods hit all alike."""
    taken: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(ROUNDS):
        for name, words in CASES.items():
            taken[name].append(seconds(words))
    base = min(taken["python -c pass"])
    for name, times in taken.items():
        least, middle = min(times), statistics.median(times)
        print(f"{name:<32} {least * 1000:6.0f} ms at least, {middle * 1000:6.0f} ms median, {least / base:5.1f} x bare")


if __name__ == "__main__":
    main()
