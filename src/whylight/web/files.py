"""Files: what was drawn lately, by what it shows: the same explanation always looks the same."""

import threading
from collections import OrderedDict
from collections.abc import Callable

FILES_KEPT = 256


class Files:
    """The latest ``FILES_KEPT`` files."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], draw: Callable[[], bytes]) -> bytes:
        """The file of that key, drawn where it is not known."""
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        drawn = draw()
        with self._lock:
            self._files[key] = drawn
            while len(self._files) > FILES_KEPT:
                self._files.popitem(last=False)
        return drawn
