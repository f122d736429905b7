"""A layer's activations without gradients, for the CAM methods that need no backward pass."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.errors import LayerError
from whylight.perturb import count_passes
from whylight.types import Features, Images, Logits

Look = Callable[[nn.Module, tuple[object, ...], object], None]


def look_at(classifier: Classifier, images: Images, layer: str | None) -> tuple[Features, Logits]:
    """The activations of ``layer`` as a grid, and the checked logits, from one forward pass.

    Raises LayerError when the layer does not exist, is not reached or has no grid.
    """
    seen: list[Tensor] = []

    def look(_module: nn.Module, _inputs: tuple[object, ...], output: object) -> None:
        if not isinstance(output, Tensor):
            raise LayerError(f"expected a layer whose output is one tensor; got {type(output).__name__}")
        seen.append(output.clone())  # an in-place operation that follows would change it

    classifier.check_mode()
    count_passes(forward=len(images))
    with (
        hooked(look, classifier.submodule(layer)),
        classifier.explained_failures(images),
        torch.inference_mode(mode=False),
        torch.no_grad(),
    ):
        logits = classifier.check_logits(classifier.predict(images.contiguous(memory_format=torch.channels_last)))
    if not seen:
        raise LayerError(
            f"the layer {layer or classifier.layer!r} was not reached in a forward pass of {classifier.name}"
        )
    return classifier.to_grid(seen[-1]), logits


@contextmanager
def hooked(look: Look, *modules: nn.Module) -> Iterator[None]:
    """Calls ``look(module, inputs, output)`` after each pass of the modules; the hooks go even on failure."""
    hooks = [module.register_forward_hook(look) for module in modules]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
