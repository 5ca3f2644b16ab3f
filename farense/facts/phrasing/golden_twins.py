"""Wordings that are never trained, because a golden question is worded too like them.

They are named by the sha256 of the prompt, so that nobody who writes training wordings has
to read a golden question. ``farense evalset check`` finds such twins; the remedy is on this
side, for a golden question is never reworded to suit what is trained.
"""

from __future__ import annotations

import hashlib

_TWINS = frozenset(
    {
        "d4d252a133c8cc084d8f26ea0829de63e47aa0e180926486d4d681f4e2b2b918",
        "a92806682f05787301c93479894841e170dc17986ee16d0d46a362249a6c2031",
        "9201069b50587bd8bbfa08739f687127d7b31dbf0da338ccbc2ed125739b336a",
        "b2f3b64f2ecb98a2fe3a731837c91174eac6105230841895f8250df20430abc3",
        "1814fda5de1338ae68839dd8a70b6069f7dbfac4b68bffbc05c321d884f9e5ba",
    }
)


def is_golden_twin(prompt: str) -> bool:
    """Whether this very prompt is kept out of training."""
    return hashlib.sha256(prompt.encode("utf-8")).hexdigest() in _TWINS
