"""One metric as whylight and as Quantus measure it: the same network, pictures, maps and way of explaining.

Each side counts its own passes by hooks on the network: pictures forward, and pictures through which a gradient came back.
"""

import importlib
import math
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from whylight import perturb, registry
from whylight.explanation import Explanation
from whylight.tensors import pick

METRICS = ("pixel_flipping", "max_sensitivity", "parameter_randomisation")
RADIUS = 0.02
BATCH = 64
"""Quantus's own batch size."""
SHARE = 3
"""One in so many passes is repeated bare."""


@dataclass
class Passes:
    """Pictures that went through the network."""

    forward: int = 0
    backward: int = 0

    @property
    def total(self) -> int:
        """Both directions."""
        return self.forward + self.backward


@contextmanager
def counted(network: nn.Module) -> Any:
    """Counts by a hook; a copy of the network, such as Quantus makes, carries it along."""
    passes = Passes()

    def back(gradient: Tensor) -> None:
        passes.backward += len(gradient)

    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        passes.forward += len(output)
        if output.requires_grad:
            output.register_hook(back)

    handle = network.register_forward_hook(hook)
    try:
        yield passes
    finally:
        handle.remove()


@dataclass(frozen=True)
class Sizes:
    """How much each side does: ``steps`` of one curve, noisy ``samples``; the layers are the network's."""

    steps: int
    samples: int


def layers_with_reset(network: nn.Module) -> int:
    """How many layers Quantus draws anew, one map each."""
    return sum(hasattr(module, "reset_parameters") for module in network.modules())


def ours(metric: str, explanation: Explanation, sizes: Sizes) -> Callable[[], object]:
    """Our metric at the sizes."""
    assert explanation.classifier.module is not None
    layers = layers_with_reset(explanation.classifier.module)
    settings = {
        "pixel_flipping": f"steps={sizes.steps // 2},fill=black",  # both curves, which share their ends
        "max_sensitivity": f"samples={sizes.samples},radius={RADIUS}",
        "parameter_randomisation": f"stages={layers},absolute=true",
    }
    made = registry.read("metrics", f"{metric}:{settings[metric]}")
    return lambda: made(explanation)


def theirs(metric: str, explanation: Explanation, sizes: Sizes) -> Callable[[], object]:
    """Quantus's metric at the same sizes, with the same saliency as its way of explaining."""
    quantus = importlib.import_module("quantus")
    network = explanation.classifier.predict
    images = explanation.images.contiguous().numpy()
    given = {
        "model": network,
        "x_batch": images,
        "y_batch": explanation.targets.numpy(),
        "a_batch": explanation.maps.numpy()[:, None],
        "device": "cpu",
    }
    quiet = {"disable_warnings": True}
    if metric == "pixel_flipping":
        features = math.prod(images.shape[1:])
        assert features % sizes.steps == 0
        flipping = quantus.PixelFlipping(features_in_step=features // sizes.steps, **quiet)
        return lambda: flipping(**given)
    if metric == "max_sensitivity":
        sensitivity = quantus.MaxSensitivity(nr_samples=sizes.samples, lower_bound=RADIUS, **quiet)
        return lambda: sensitivity(**given, explain_func=saliency)
    test = quantus.MPRT(return_average_correlation=True, **quiet)
    return lambda: test(**given, explain_func=saliency)


def saliency(model: nn.Module, inputs: Any, targets: Any, **_ignored: object) -> Any:
    """The gradient of the target's logit, summed over the colours: the least that an explanation by gradients costs."""
    leaf = torch.as_tensor(inputs, dtype=torch.float32).requires_grad_()
    (gradient,) = torch.autograd.grad(pick(model(leaf), torch.as_tensor(targets)).sum(), leaf)
    return gradient.sum(dim=1, keepdim=True).numpy()


def bare(explanation: Explanation, passes: Passes, *, as_ours: bool) -> tuple[Passes, Callable[[], object]]:
    """Some passes of the same kind and nothing else, in the batches and the memory layout of one side; and how many."""
    gradients = passes.backward > 0
    images, targets = explanation.images, explanation.targets
    own = perturb.gradient_batch_size_for if gradients else perturb.batch_size_for
    size = own(images) if as_ours else min(BATCH, len(images))
    layout = torch.channels_last if as_ours else torch.contiguous_format
    count = max(1, passes.forward // SHARE // size) * size  # whole batches

    def run() -> None:
        for start in range(0, count, size):
            rows = torch.arange(start, start + size) % len(images)
            leaf = images[rows].contiguous(memory_format=layout)
            with torch.set_grad_enabled(gradients), torch.inference_mode(mode=as_ours and not gradients):
                logits = explanation.classifier.predict(leaf.requires_grad_(gradients))
                if gradients:
                    torch.autograd.grad(pick(logits, targets[rows]).sum(), leaf)

    return Passes(count, count if gradients else 0), run


def default_passes(metric: str, explanation: Explanation) -> tuple[int, int]:
    """(ours, theirs) for one picture when nobody sets anything: forward, and backward where the maps are made again."""
    assert explanation.classifier.module is not None
    layers = layers_with_reset(explanation.classifier.module)
    return {
        "pixel_flipping": (64, math.prod(explanation.images.shape[1:])),
        "max_sensitivity": (2 * 10, 2 * 200),
        "parameter_randomisation": (2 * min(10, layers), 2 * (layers + 1)),
    }[metric]
