"""Forward methods lent for a while: what a pass calls can be noted, and left out of the next pass.

Each module's own ``forward`` is replaced, not its call, so that hooks which are registered on it run as they always do.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

Forward = Callable[..., Any]
Wrap = Callable[[nn.Module, Forward], Forward]


@contextmanager
def replaced(modules: Iterable[nn.Module], wrap: Wrap) -> Iterator[None]:
    """``wrap(module, forward)`` stands in for the forward of each module inside the block; all is as it was afterwards,
    even on failure. Compiled modules (TorchScript) are left out."""
    kept: list[tuple[dict[str, Any], Any]] = []
    try:
        for module in modules:
            if not isinstance(module, torch.jit.ScriptModule):
                held = vars(module)
                kept.append((held, held.get("forward")))
                held["forward"] = wrap(module, module.forward)
        yield
    finally:
        for held, own in reversed(kept):
            if own is None:
                del held["forward"]
            else:
                held["forward"] = own
