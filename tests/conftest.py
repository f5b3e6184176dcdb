"""Signals as a terminal hands them on. Who starts the tests may ignore some (nohup, a script's `&`), and all that the
tests start would then ignore them as well."""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
