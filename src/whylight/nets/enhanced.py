"""A classifier behind an enhancer: a network that changes the picture first, at its own size, and then answers.

    logits = classifier(enhancer(x))        enhancer: pictures in [0, 1] -> pictures in [0, 1] of the same size

Qazi and Shah, "Learning Perturbations to Improve Classification Accuracy"; Liu et al., 2019, arXiv:1910.09185.
"""

from collections.abc import Callable

from torch import nn

from whylight.types import Images, Logits


class Enhanced(nn.Module):
    """``enhancer``: pictures in [0, 1] to pictures in [0, 1] of the same size. ``classifier``: takes pictures in [0, 1] and
    normalises them itself."""

    def __init__(self, enhancer: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.enhancer, self.classifier = enhancer, classifier

    def forward(self, images: Images) -> Logits:
        """The logits of the enhanced pictures."""
        logits: Logits = self.classifier(self.enhancer(images))
        return logits


class Asked(nn.Module):
    """A function from pictures to logits as a module. ``network``: the one inside it, whose layers can be watched; None for
    a black box."""

    def __init__(self, function: Callable[[Images], Logits], network: nn.Module | None = None) -> None:
        super().__init__()
        self.function, self.network = function, network

    def forward(self, images: Images) -> Logits:
        """What the function answers."""
        return self.function(images)
