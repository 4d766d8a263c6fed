"""Named places at which a test may have the process killed, to prove that nothing acknowledged is lost.

Only when the environment names one (``CRASH_AT=submit.before_commit``); otherwise a comparison with None.
"""

from __future__ import annotations

import os
import signal

__all__ = ["point"]

_AT = os.environ.get("CRASH_AT")


def point(name: str) -> None:
    """Die here, as by a power cut, when this place was named."""
    if _AT is not None and name == _AT:
        os.kill(os.getpid(), signal.SIGKILL)
