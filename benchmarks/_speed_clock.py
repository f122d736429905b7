"""Seconds of the processor and of the clock, and the most memory that a call takes."""

import ctypes
import gc
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

Work = Callable[[], object]
LEAST = 0.2
"""Seconds that one measurement takes at least: quicker work is repeated."""
MOST_REPEATS = 50
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def timed(work: Work, repeats: int = 1) -> tuple[float, float]:
    """(seconds of the processor, seconds of the clock) of one call."""
    processor, clock = time.process_time(), time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.process_time() - processor) / repeats, (time.perf_counter() - clock) / repeats


def repeats_for(seconds: float) -> int:
    """How often work of so many seconds is repeated."""
    return max(1, min(MOST_REPEATS, round(LEAST / max(seconds, 1e-6))))


def in_turn(works: Mapping[str, Work], repeats: Mapping[str, int], turn: int) -> dict[str, tuple[float, float]]:
    """One round of everything; every other round runs backwards, so that nobody is always first."""
    order = list(works) if turn % 2 == 0 else list(works)[::-1]
    return {name: timed(works[name], repeats[name]) for name in order}


def peak_megabytes(work: Work) -> float | None:
    """How far the process grows during one call, beyond what it holds before it; None where the system does not tell."""
    gc.collect()
    with suppress(OSError, AttributeError):  # what was freed goes back to the system, or a call would find it there
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    try:
        RESET.write_text("5", encoding="ascii")  # the peak is forgotten
        before = _kilobytes("VmRSS")
        work()
        return (_kilobytes("VmHWM") - before) / 1024
    except OSError:
        return None


def _kilobytes(name: str) -> int:
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
