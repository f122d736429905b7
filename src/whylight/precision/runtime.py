"""Runtime: a classifier that ONNX Runtime answers for, in float32 or 8-bit numbers, and of which only outputs are seen.

The files lie in a temporary folder that is gone when the network is loaded: nothing can be taken for another network's
later, nor be found half written.
"""

import tempfile
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch

from whylight import perturb
from whylight.classifier import Classifier
from whylight.classifiers.onnx import open_session
from whylight.errors import MissingExtraError, ModelError
from whylight.precision.calibration import variants
from whylight.precision.export import INPUT, export
from whylight.precision.int8 import quantise
from whylight.types import Images, Logits

Route = Literal["compiled", "int8"]
"""``compiled``: float32 in ONNX Runtime, whose graph is optimised for the processor; ``int8``: 8-bit numbers in it."""

MOST_OFF = 1e-3
"""How far a probability may move by being written as an ONNX file: rounding moves it by about 1e-5."""
ASKED = 8
"""So many variants are asked about to see that; another number than what was traced."""

AT_ONCE = 16
"""Pictures in a pass: more are slower. Of 32 × 32 pixels, resnet20 in 8-bit numbers takes 0.69, 0.39 and 0.46 ms a picture
with 1, 16 and 64 at once; of 224 × 224, squeezenet1_1 takes 3.6, 3.4 and 3.6."""
WATCHED = 16
"""At most so many of the first pictures of an explanation are passed in torch too."""


@dataclass(frozen=True, eq=False)
class Runtime:
    """From pictures to logits through a session. ``exact``: the network that it stands for, which is asked for the first
    pictures of every meter, so that the error is known. ``singly``: whether the session takes one picture at a time."""

    session: Any
    exact: perturb.Predict
    singly: bool = False

    def __call__(self, images: Images) -> Logits:
        """The logits; pictures may lie in any order in memory, on the processor."""
        pieces = images.detach().float().contiguous().split(1 if self.singly else AT_ONCE)
        answers = [torch.from_numpy(self.session.run(None, {INPUT: piece.numpy()})[0]) for piece in pieces]
        logits = torch.cat(answers)
        perturb.measure_precision(logits[:WATCHED], self.exact, images[:WATCHED])
        return logits


def in_runtime(classifier: Classifier, images: Images, route: Route) -> Classifier:
    """The classifier as a black box that ONNX Runtime answers for.

    ``images``: (batch, channel, height, width) in [0, 1], pictures such as will be explained; their variants calibrate the
    8-bit numbers and show that the file answers as the network does. Raises ModelError for a classifier on an accelerator,
    for a black box, and for a network that cannot be written or answers otherwise in the file; MissingExtraError without
    onnx or onnxruntime.
    """
    if classifier.device.type != "cpu":
        raise ModelError(
            f"{route} passes run on the processor only, and {classifier.name} is on {classifier.device}; use --device "
            "cpu, or --precision bfloat16"
        )
    if classifier.module is None:
        raise ModelError(
            f"{classifier.name} is a black box, so there is no torch network that ONNX Runtime could be given; use "
            "--precision float32"
        )
    classifier.check_mode()
    _check_installed(route)
    seen = variants(images)
    with tempfile.TemporaryDirectory(prefix="whylight-") as folder:
        runtime = _written(classifier, seen, path := Path(folder) / "network.onnx")
        if route == "int8":
            quantise(path, seen, small := Path(folder) / "int8.onnx", singly=runtime.singly)
            runtime = replace(runtime, session=open_session(small, classifier.device))
    return replace(classifier, predict=runtime, module=None, layer=None)


def _written(classifier: Classifier, seen: Images, path: Path) -> Runtime:
    """The network in a file and loaded again, for any number of pictures if that answers as the network does."""
    failures: list[ModelError] = []
    for singly in (False, True):
        try:
            export(classifier, seen, path, singly=singly)
            runtime = Runtime(open_session(path, classifier.device), classifier.predict, singly)
            _compare(classifier, runtime, seen[torch.linspace(0, len(seen) - 1, ASKED).long()])
        except ModelError as error:
            failures.append(error)
        else:
            return runtime
    raise failures[-1]


def _check_installed(route: Route) -> None:
    for package in ("onnx", "onnxruntime"):
        try:
            import_module(package)
        except ModuleNotFoundError as error:
            raise MissingExtraError(package, "onnx", f"--precision {route}") from error


def _compare(classifier: Classifier, runtime: Runtime, images: Images) -> None:
    """Raises ModelError when the file answers otherwise than the network does, as it may where the network decides by what
    it sees which way to go."""
    with torch.inference_mode():
        expected = classifier.predict(images).softmax(dim=1)
        try:
            found = runtime(images).softmax(dim=1)
            off = float((found - expected).abs().max())
        except Exception as error:  # the runtime's own exceptions have no public base but Exception
            first = str(error).splitlines()[0]
            message = f"{classifier.name} cannot be run by ONNX Runtime ({first}); use --precision float32"
            raise ModelError(message) from error
    if not off <= MOST_OFF:
        raise ModelError(
            f"{classifier.name} answers otherwise as an ONNX file (a probability differs by {off:.2g}), so it depends on "
            "more than a trace of one pass shows; use --precision float32"
        )
