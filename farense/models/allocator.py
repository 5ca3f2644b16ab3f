"""Keep freed memory: a CPU step allocates the same large arrays again and again."""

from __future__ import annotations

import ctypes
import sys

# mallopt(3) parameters of glibc's <malloc.h>.
_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4


def keep_freed_memory() -> bool:
    """Make glibc reuse large freed blocks instead of handing them back to the kernel.

    By default each large array is mapped and page-faulted anew; measured on two cores a
    training step took a fifth less time without that. Values computed do not change.

    Returns:
        True when both switches were taken; False on another C library.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    taken = (mallopt(_M_MMAP_MAX, 0), mallopt(_M_TRIM_THRESHOLD, -1))
    return taken == (1, 1)
