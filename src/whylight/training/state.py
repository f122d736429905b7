"""All that a training goes on with: weights, optimiser and place, in one safetensors file that is written whole.

    network.NAME        weights and buffers of the network
    optimiser.N.NAME    what the optimiser remembers of parameter N
    metadata            ``Position`` as JSON

No random state is kept: every step draws from (seed, epoch, step).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from whylight.errors import RunError
from whylight.whole import written_whole

NETWORK, OPTIMISER, KEY = "network.", "optimiser.", "whylight"


@dataclass
class Position:
    """How far a training is.

    ``epoch``, ``step``: what comes next. ``loss``, ``seconds``: of this epoch so far, summed over its steps. ``curve``: one
    row for each finished epoch. ``best``: the number of the stage's best row. ``ended``: early, for lack of better epochs.
    ``stage``: which of the plan's stages this is, and ``began``: the epoch that it began with.
    """

    epoch: int = 0
    step: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    curve: list[dict[str, Any]] = field(default_factory=list)
    best: int | None = None
    ended: bool = False
    stage: int = 0
    began: int = 0

    def next_stage(self) -> None:
        """Moves on to the next stage, which has no best epoch yet."""
        self.stage, self.began, self.best, self.ended = self.stage + 1, self.epoch, None, False


def write(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, position: Position) -> None:
    """Writes the state; either all of the file or none of it."""
    tensors = {f"{NETWORK}{name}": tensor for name, tensor in network.state_dict().items()}
    for number, kept in optimiser.state_dict()["state"].items():
        tensors |= {f"{OPTIMISER}{number}.{name}": tensor for name, tensor in kept.items() if tensor is not None}
    own = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    with written_whole(path) as file:
        file.write(save(own, metadata={KEY: json.dumps(asdict(position))}))


def read(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer) -> Position:
    """Brings network and optimiser to the state in a file; raises RunError when it is damaged or of another network."""
    with _explained(path):
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            position = Position(**json.loads(file.metadata()[KEY]))
        network.load_state_dict(_under(tensors, NETWORK))
        _restore(optimiser, _under(tensors, OPTIMISER))
        return position


def stage_in(path: Path) -> int:
    """The stage that a state is of; raises RunError when it is damaged."""
    with _explained(path), safe_open(path, "pt") as file:
        return Position(**json.loads(file.metadata()[KEY])).stage


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        reason = next(iter(str(error).splitlines()), "no reason given").rstrip(":")
        raise RunError(
            f"the state in {path} cannot be gone on with ({reason}); start again in another folder"
        ) from error


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _restore(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    kept: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        number, _, key = name.partition(".")
        kept.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": kept})
