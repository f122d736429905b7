"""Where the CAM family looks: the last layer whose output is a grid that the answer depends on.

It is found by running one picture and asking for gradients, not by a list of architectures. A layer counts when its
output can be read as a grid (batch, feature, row, column): as it is, channels-last, or as tokens after class, register
and distillation tokens are dropped; when most cells of the grid have a gradient from the logits (the last block of a
transformer that answers from its class token has none at its patches, the norm before its attention has); and when it
does more than pool or pass on.
"""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from whylight.classifier import Classifier, as_grid
from whylight.errors import LayerError
from whylight.types import Features, Images, Logits

MOST_SPECIAL_TOKENS = 16
"""Class, register and distillation tokens that may stand before the patches."""

RATIO_TOLERANCE = 0.4
"""How far, in natural logarithms, a grid's ratio of sides may be from the picture's; layers without padding
take the same number of cells from the long and the short side."""

CELLS_NEEDED = 0.5
"""The share of cells that must have a gradient."""

POOL = "Pool"
PASSIVE = (POOL, "Dropout", "DropPath", "Identity", "Flatten")
"""Parts of the class names of modules that add nothing to what came before them."""


@dataclass(frozen=True)
class ToGrid:
    """Reads a layer's output as (batch, feature, row, column), whatever its form.

    ``size``: (height, width) of the pictures. ``patches``: (rows, columns) of every grid seen in the network, which tell
    how many tokens are patches.
    """

    size: tuple[int, int]
    patches: tuple[tuple[int, int], ...] = ()

    def __call__(self, activations: Tensor) -> Features:
        """The grid; raises LayerError when there is none."""
        if activations.ndim == 4:
            channels_first, channels_last = activations.shape[2:], activations.shape[1:3]
            turned = self.distortion(*channels_last) < self.distortion(*channels_first)
            return activations.permute(0, 3, 1, 2) if turned else activations
        sides = self.sides(activations.shape[1]) if activations.ndim == 3 else None
        if sides is None:
            return as_grid(activations)
        patches = activations[:, -sides[0] * sides[1] :]
        return patches.transpose(1, 2).reshape(len(patches), -1, *sides)

    def distortion(self, rows: int, columns: int) -> float:
        """How far the grid's ratio of sides is from the picture's: 0 is equal."""
        return abs(math.log(rows / columns) - math.log(self.size[0] / self.size[1]))

    def sides(self, tokens: int) -> tuple[int, int] | None:
        """(rows, columns) of the patches among ``tokens``; None when they cannot be a grid."""
        known = [sides for sides in self.patches if 0 <= tokens - sides[0] * sides[1] <= MOST_SPECIAL_TOKENS]
        if known:
            return max(known, key=math.prod)
        for patches in range(tokens, max(3, tokens - MOST_SPECIAL_TOKENS - 1), -1):
            rows = round(math.sqrt(patches * self.size[0] / self.size[1]))
            if rows > 1 and patches % rows == 0 and rows == round(patches // rows * self.size[0] / self.size[1]):
                return rows, patches // rows
        return None


@dataclass(eq=False)
class _Output:
    """What one call of a module gave. ``pooled``: a pooling module made it, or a container whose last part is one."""

    name: str
    module: nn.Module
    value: Tensor
    pooled: bool

    @property
    def passive(self) -> bool:
        return self.pooled or _is_a(self.module, *PASSIVE)


@dataclass(eq=False)
class _Trace:
    """The outputs of all modules in the order of their calls, and the copies that were passed on in their stead."""

    outputs: list[_Output] = field(default_factory=list)
    copies: dict[int, tuple[Tensor, bool]] = field(default_factory=dict)

    def record(self, name: str, module: nn.Module, value: object) -> Tensor | None:
        """Notes an output. A copy goes on, so that an in-place operation cannot spoil what was noted."""
        if not isinstance(value, Tensor) or not value.is_floating_point():
            return None
        passes_on = next(module.children(), None) is not None or _is_a(module, *PASSIVE)
        pooled = _is_a(module, POOL) or (passes_on and self.copies.get(id(value), (value, False))[1])
        self.outputs.append(_Output(name, module, value, pooled))
        copy = value.clone()
        self.copies[id(copy)] = (copy, pooled)
        return copy


def _is_a(module: nn.Module, *kinds: str) -> bool:
    return any(kind in type(module).__name__ for kind in kinds)


def find_layer(classifier: Classifier) -> tuple[str | None, ToGrid]:
    """The layer's name in the classifier's module, None when there is none, and how to read its output as a grid.

    One forward pass of one random picture, and short backward passes from the logits. Raises ModelError when the network
    cannot take such a picture.
    """
    height, width = classifier.input_size
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(1, classifier.resizing.channels, height, width, generator=generator).to(classifier.device)
    with torch.inference_mode(mode=False), torch.enable_grad(), classifier.explained_failures(picture):
        trace, logits = _run(classifier, picture.requires_grad_())
        to_grid = ToGrid((height, width), _patches(trace))
        if not logits.requires_grad:
            return None, to_grid
        score = (logits * torch.randn(logits.shape, generator=generator).to(logits)).sum()
        found = (output.name for output in _candidates(trace, to_grid, logits) if _matters(output, score, to_grid))
        return next(found, None), to_grid


def find_last_grid(classifier: Classifier) -> str | None:
    """The last layer whose output is a grid, whether or not the logits depend on its cells: for a head of one's own. Of a
    transformer that answers from its class token it is the last norm.

    Raises as ``find_layer`` does.
    """
    picture = torch.rand(
        1, classifier.resizing.channels, *classifier.input_size, generator=torch.Generator().manual_seed(0)
    )
    with torch.inference_mode(mode=False), torch.enable_grad(), classifier.explained_failures(picture):
        trace, logits = _run(classifier, picture.to(classifier.device).requires_grad_())
    return next(
        (output.name for output in _candidates(trace, ToGrid(classifier.input_size, _patches(trace)), logits)), None
    )


def check_layer(classifier: Classifier, name: str) -> None:
    """Raises LayerError when a layer that was named by hand does not exist, is not reached or has no grid."""
    height, width = classifier.input_size
    picture = torch.rand(1, classifier.resizing.channels, height, width, generator=torch.Generator().manual_seed(0))
    classifier.watch(picture.to(classifier.device), torch.zeros(1, dtype=torch.long, device=classifier.device), name)


def _run(classifier: Classifier, picture: Images) -> tuple[_Trace, Logits]:
    trace = _Trace()
    modules = [] if classifier.module is None else list(classifier.module.named_modules())[1:]
    hooks = [
        module.register_forward_hook(lambda module, _, value, name=name: trace.record(name, module, value))
        for name, module in modules
    ]
    try:
        return trace, classifier.check_logits(classifier.predict(picture))
    finally:
        for hook in hooks:
            hook.remove()


def _patches(trace: _Trace) -> tuple[tuple[int, int], ...]:
    convolutions = (output.value for output in trace.outputs if isinstance(output.module, nn.Conv2d))
    return tuple(dict.fromkeys((value.shape[2], value.shape[3]) for value in convolutions))


def _candidates(trace: _Trace, to_grid: ToGrid, logits: Logits) -> list[_Output]:
    """Outputs with a grid, the last first. One feature a label is the answer already, with no features to weigh."""
    return [
        output
        for output in reversed(trace.outputs)
        if not output.passive and output.value.requires_grad and _has_grid(output, to_grid, logits.shape[1])
    ]


def _has_grid(output: _Output, to_grid: ToGrid, labels: int) -> bool:
    value = output.value
    if value.ndim == 3 and not _is_a(output.module, "Norm") and not list(output.module.children()):
        return False
    try:
        grid = to_grid(value)
    except LayerError:
        return False
    features, rows, columns = grid.shape[1:]
    return min(rows, columns) > 1 and to_grid.distortion(rows, columns) < RATIO_TOLERANCE and features != labels


def _matters(output: _Output, score: Tensor, to_grid: ToGrid) -> bool:
    (gradient,) = torch.autograd.grad(score, output.value, retain_graph=True, materialize_grads=True)
    cells = to_grid(gradient).abs().sum(dim=1) > 0
    return cells.float().mean().item() > CELLS_NEEDED
