"""A classifier: anything that turns pictures into logits, with what a method needs to know of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import IntEnum

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from whylight import perturb
from whylight.errors import LayerError, ModelError
from whylight.frame import Frame, Resizing
from whylight.tensors import pick
from whylight.types import Features, Images, Logits, Targets


class Access(IntEnum):
    """How much of a classifier a method may use: each level includes those before it."""

    OUTPUTS = 0
    GRADIENTS = 1
    FEATURES = 2


def as_grid(activations: Tensor) -> Features:
    """Activations that are a grid already: (batch, feature, row, column)."""
    if activations.ndim != 4:
        raise LayerError(
            f"expected a layer whose output is a grid (batch, feature, row, column); got shape {tuple(activations.shape)}. "
            "Name another layer, or give the classifier a `to_grid` that reshapes tokens"
        )
    return activations


@dataclass(frozen=True, eq=False)
class Watched:
    """What a layer did for some pictures: its activations as a grid, the gradient of each picture's target logit with
    respect to them (same shape), and the logits."""

    features: Features
    gradients: Features
    logits: Logits


@dataclass(frozen=True, eq=False)
class Classifier:
    """Pictures in display space [0, 1] in, logits out; normalisation happens inside ``predict``.

    ``name``: the description that loads it again. ``labels``: one name a logit. ``predict``: Images to Logits,
    differentiable if ``module`` is given. ``module``: the network inside ``predict``, whose layers can be watched; None
    for a black box. ``layer``: the name in ``module`` of the last layer with a grid, where the CAM family looks.
    ``to_grid``: turns that layer's output into (batch, feature, row, column). ``resizing``: brings a picture to the
    input size.
    """

    name: str
    labels: tuple[str, ...]
    predict: Callable[[Images], Logits] = field(repr=False)
    module: nn.Module | None = field(default=None, repr=False)
    layer: str | None = None
    to_grid: Callable[[Tensor], Features] = as_grid
    resizing: Resizing = field(default_factory=Resizing)

    @property
    def access(self) -> Access:
        """What methods can use: outputs only for a black box, everything for a torch module."""
        return Access.OUTPUTS if self.module is None else Access.FEATURES

    @property
    def input_size(self) -> tuple[int, int]:
        """(height, width) of the pictures that ``predict`` takes."""
        return self.resizing.size

    @property
    def device(self) -> torch.device:
        """Where the network's weights are."""
        parameters = iter(()) if self.module is None else self.module.parameters()
        first = next(parameters, None)
        return torch.device("cpu") if first is None else first.device

    def fit(self, picture: Image.Image) -> tuple[Float[Tensor, "channel height width"], Frame]:
        """A picture of any size at the classifier's input size, and the frame that maps back to the picture."""
        return self.resizing(picture)

    def logits(self, images: Images) -> Logits:
        """Checked logits, in batches, without gradients.

        Raises ModelError when the network is in training mode, cannot take the pictures, answers with another number of
        classes than it has labels, answers with one logit only, or answers NaN or infinity.
        """
        self.check_mode()
        with self.explained_failures(images):
            make = lambda start, stop: perturb.forward(self.predict, images[start:stop])  # noqa: E731
            parts = [part for _, _, part in perturb.in_batches(make, len(images), perturb.batch_size_for(images))]
        return self.check_logits(torch.cat(parts)).clone()

    def probabilities(self, images: Images) -> Float[Tensor, "batch label"]:
        """Softmax of the checked logits."""
        return self.logits(images).softmax(dim=1)

    def watch(self, images: Images, targets: Targets, layer: str | None = None) -> Watched:
        """One forward pass, and a backward pass from each picture's target logit down to ``layer``, no further.

        The part of the network before the layer runs without recording, so the cost is a forward pass and the backward
        pass of the layers that follow. Hooks are removed even on failure; the network's ``.grad`` fields are not touched.

        Raises LayerError when the layer does not exist, is not reached, or the target does not depend on it.
        """
        self.check_mode()
        perturb.count_passes(forward=len(images), backward=len(images))
        with _recording(self.submodule(layer)) as recorded, self.explained_failures(images):
            logits = self.check_logits(self.predict(images.contiguous(memory_format=torch.channels_last)))
            if not recorded:
                raise LayerError(f"the layer {layer or self.layer!r} was not reached in a forward pass of {self.name}")
            activations = recorded[-1]
            with torch.enable_grad():
                (gradients,) = torch.autograd.grad(pick(logits, targets).sum(), activations, allow_unused=True)
        if gradients is None:
            raise LayerError(f"no logit of {self.name} depends on the output of its layer {layer or self.layer!r}")
        return Watched(self.to_grid(activations.detach()), self.to_grid(gradients), logits.detach())

    def submodule(self, layer: str | None = None) -> nn.Module:
        """The layer of that name, or the classifier's own; raises LayerError when there is none."""
        name = self.layer_name(layer)
        assert self.module is not None
        return self.module.get_submodule(name)

    def layer_name(self, layer: str | None = None) -> str:
        """The whole name of a layer, or of the classifier's own.

        The end of a name will do where no other layer's ends so: ``layer4`` is ``classifier.network.layer4`` behind an
        enhancer, so that the same words name a layer in both. Raises LayerError when there is none.
        """
        name = layer or self.layer
        if self.module is None:
            raise LayerError(f"{self.name} is a black box: it has no layers to look into")
        if name is None:
            raise LayerError(f"no layer with a grid was found in {self.name}; name one, as in grad_cam:layer=NAME")
        known: list[str] = [known for known, _ in self.module.named_modules() if known]
        if name in known:
            return name
        ends = [known_name for known_name in known if known_name.endswith(f".{name}")]
        if len(ends) == 1:
            return ends[0]
        close = ends[-5:] or [known_name for known_name in known if name.split(".")[0] in known_name][-5:] or known[-5:]
        trouble = (
            f"has several layers that end in {name!r}:"
            if ends
            else f"has no layer {name!r}; among its {len(known)} layers are"
        )
        raise LayerError(f"{self.name} {trouble} {', '.join(close)}")

    def check_mode(self) -> None:
        """Raises ModelError when a part of the network is in training mode: its answers would change from call to call."""
        if self.module is not None and any(module.training for module in self.module.modules()):
            raise ModelError(
                f"{self.name} is in training mode, so dropout and batch norm would change its answers; "
                "call .eval() on the network first"
            )

    def check_logits(self, logits: object) -> Logits:
        """The same logits; raises ModelError when they do not fit the labels or are not finite."""
        if not isinstance(logits, Tensor) or logits.ndim != 2:
            got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise ModelError(f"expected logits of shape (pictures, labels) from {self.name}; got {got}")
        if logits.shape[1] == 1:
            raise ModelError(
                f"{self.name} gives one logit z a picture, which cannot tell labels apart; return [-z/2, z/2] for two "
                "labels, or set output=sigmoid, which does that"
            )
        if logits.shape[1] != len(self.labels):
            raise ModelError(
                f"{self.name} gives {logits.shape[1]} logits but has {len(self.labels)} labels; "
                "give it one label a logit (labels=FILE with one name a line)"
            )
        if not torch.isfinite(logits).all():
            raise ModelError(f"{self.name} answered NaN or infinity; check its weights and its normalisation")
        return logits

    def explained_failures(self, images: Images) -> AbstractContextManager[None]:
        """A failure inside the network, whatever its type, as a ModelError with what was given to it."""
        return perturb.explained_failures(self.name, images)


@contextmanager
def _recording(module: nn.Module) -> Iterator[list[Tensor]]:
    """The outputs of ``module`` while the block runs, each cut off from what came before it and ready for gradients.

    Recording for gradients begins at the module: nothing before it needs a graph. A copy is passed on, so that an
    in-place operation that follows cannot spoil what was recorded.
    """
    recorded: list[Tensor] = []

    def begin(_module: nn.Module, _inputs: object, output: object) -> Tensor:
        if not isinstance(output, Tensor):
            raise LayerError(f"expected a layer whose output is one tensor; got {type(output).__name__}")
        torch.set_grad_enabled(True)
        recorded.append(output.detach().requires_grad_())
        return recorded[-1].clone()

    hook = module.register_forward_hook(begin)
    try:
        with torch.inference_mode(mode=False), torch.no_grad():
            yield recorded
    finally:
        hook.remove()
