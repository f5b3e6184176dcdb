"""The step DNS records. Nothing here changes them: that is done at the DNS provider's page."""

from __future__ import annotations

from typing import ClassVar

from .step import StepView


class Records(StepView):
    """The records to publish, and what is seen of them."""

    step: ClassVar[str] = "records"
