"""Export: a classifier's network, its normalisation included, as an ONNX file.

One pass is traced. A network that asks in Python how many pictures there are is written for the number that it was traced
with, whatever the file says; such a one is traced with a single picture, and asked picture by picture.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from whylight.classifier import Classifier
from whylight.errors import ModelError
from whylight.types import Images, Logits

INPUT, OUTPUT = "pictures", "logits"
OPSET = 17
TRACED = 2
"""So many pictures are in a pass that stands for any number; with one, their number could be taken for a constant 1."""


def export(classifier: Classifier, images: Images, path: Path, *, singly: bool) -> None:
    """Writes the network to ``path``; ``images``: some that it takes; ``singly``: for one picture a pass.

    Raises ModelError for a network that cannot be written.
    """
    traced = images[:1].detach().clone().repeat(1 if singly else TRACED, 1, 1, 1)
    try:
        _write(_Whole(classifier).eval(), traced, path, singly=singly)
    except Exception as error:  # the exporter raises anything
        first = next(iter(str(error).strip().splitlines()), "no reason given")
        raise ModelError(
            f"{classifier.name} cannot be written as an ONNX file ({type(error).__name__}: {first}); use --precision float32"
        ) from error


class _Whole(nn.Module):
    """A classifier from pictures in [0, 1] to logits as a module, whatever its ``predict`` is."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.predict = classifier.predict

    def eval(self) -> "_Whole":
        """Evaluation mode of this module alone: the classifier's own is in it already."""
        self.training = False
        return self

    def forward(self, images: Images) -> Logits:
        """The logits."""
        return self.predict(images)


def _write(network: nn.Module, images: Images, path: Path, *, singly: bool) -> None:
    free = {} if singly else {INPUT: {0: "count"}, OUTPUT: {0: "count"}}
    with warnings.catch_warnings(), torch.inference_mode(mode=False), torch.no_grad(), _plain_attention():
        warnings.simplefilter("ignore")  # of constants in a trace, which the comparison that follows would find
        torch.onnx.export(
            network,
            (images,),
            str(path),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Attention in steps: torch does it at once where no gradients are wanted, which has no form in ONNX."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(value=False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(value=before)
