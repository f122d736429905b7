"""Summaries: what each method is, in the first sentence of its file, read once.

Python parses for one thread at a time only: before 3.11.8 two threads that parse at once fail (CPython's gh-106905), and the
server answers in many. So everything is read before the first of them begins.
"""

import threading
from functools import cache

from whylight import registry

_one_at_a_time = threading.Lock()


def summary_of(name: str) -> str:
    """What the method of that name is; raises KeyError where there is none."""
    with _one_at_a_time:
        return _read(name)


def read_all() -> None:
    """Reads the sentence of every method."""
    for name in registry.names("methods"):
        summary_of(name)


@cache
def _read(name: str) -> str:
    return registry.summary("methods", name)
