"""A training that takes a second: planted pictures, a small network, a folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from whylight.training.prepare import Prepared, Wish, prepare
from whylight.training.session import Setup

CPU = torch.device("cpu")
Make = Callable[..., Prepared]
Place = Callable[..., Setup]


@pytest.fixture
def make() -> Make:
    """``make(epochs=1, …)``: 60 planted pictures with these hyperparameters; ``wish`` changes the rest."""

    def made(wish: dict[str, Any] | None = None, **changes: Any) -> Prepared:
        settings = {"batch": 16, "epochs": 2, **changes}
        given = {
            "data": "planted:count=60,size=32,classes=3",
            "precision": "float32",
            "validation": 0.2,
            **(wish or {}),
        }
        return prepare(Wish(**given, changes=settings), CPU)

    return made


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """``place(name)``: a training in a folder of that name; anything of it can be replaced."""
    return lambda name="out", **others: Setup(tmp_path / name, CPU, **others)


def after(count: int) -> Callable[[], bool]:
    """Says yes from the ``count``-th time on that it is asked: a training that is stopped behind so many steps."""
    asked = iter(range(10_000))
    return lambda: next(asked) >= count - 1
