"""Records that nobody has to publish, judged where they stand: MTA-STS (RFC 8461) and TLS-RPT (RFC 8460)."""

from __future__ import annotations
