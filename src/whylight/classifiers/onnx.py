"""``onnx:FILE`` is an exported network of any framework, run by ONNX Runtime: only its outputs are looked at.

Pictures are normalised with ImageNet's mean and standard deviation unless ``mean=`` says otherwise (``mean=none`` gives
them as they are, in [0, 1]). ``output=probability`` says that the file ends in a softmax. A fixed batch size, channels
last and half-precision or 8-bit inputs are understood; an 8-bit input gets pixels from 0 to 255, not normalised.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from whylight.classifier import Classifier
from whylight.classifiers import _zoo
from whylight.classifiers._normalised import IMAGENET_MEAN, IMAGENET_STD, Preparation
from whylight.classifiers._settings import BLACK_BOX, read_settings
from whylight.classifiers.function import black_box
from whylight.errors import MissingExtraError, ModelError
from whylight.frame import Resizing
from whylight.spec import Spec
from whylight.types import Images

PREFIX = "onnx"
TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier; raises ModelError for a file that is missing, broken or takes no pictures."""
    path, settings = Path(_zoo.name_of(given)).expanduser(), read_settings(given, BLACK_BOX)
    network = Exported(path, open_session(path, device))
    preparation = network.preparation().changed(settings)
    if network.sides is not None and preparation.resizing.size != network.sides:
        raise ModelError(f"{path} takes pictures of {network.sides} (height, width) only; drop size=")
    labels = _zoo.labels_of(settings, ())
    return black_box(network, labels, preparation, name=f"{PREFIX}:{path}", output=settings.output)


class Exported:
    """A session as a callable from normalised pictures to whatever its first output is."""

    def __init__(self, path: Path, session: Any) -> None:
        self.session, self.entry = session, session.get_inputs()[0]
        shape = self.entry.shape
        if len(session.get_inputs()) != 1 or len(shape) != 4 or self.entry.type not in TYPES:
            got = ", ".join(f"{entry.name}: {entry.type} {entry.shape}" for entry in session.get_inputs())
            raise ModelError(f"expected one input of shape (batch, channel, height, width) in {path}; got {got}")
        self.channels_last = shape[3] in (1, 3) and shape[1] not in (1, 3)
        channels, rows, columns = (shape[3], shape[1], shape[2]) if self.channels_last else shape[1:]
        self.channels = channels if isinstance(channels, int) else 3
        self.sides = (rows, columns) if isinstance(rows, int) and isinstance(columns, int) else None
        self.batch = shape[0] if isinstance(shape[0], int) else None

    def preparation(self) -> Preparation:
        """ImageNet's, as far as the file's input does not say otherwise."""
        sides = self.sides or (224, 224)
        resizing = Resizing(sides, round(min(sides) * 256 / 224), channels=self.channels)
        plain = self.channels != len(IMAGENET_MEAN) or self.entry.type == "tensor(uint8)"
        return Preparation(resizing, (), ()) if plain else Preparation(resizing, IMAGENET_MEAN, IMAGENET_STD)

    def __call__(self, images: Images) -> Tensor:
        """Pictures in, the first output out, in pieces of the file's batch size if that is fixed."""
        pieces = [images] if self.batch is None else images.split(self.batch)
        return torch.cat([torch.from_numpy(self._run(piece)) for piece in pieces])[: len(images)]

    def _run(self, images: Images) -> NDArray[np.float32]:
        missing = 0 if self.batch is None else self.batch - len(images)
        whole = functional.pad(images, (0, 0) * 3 + (0, missing))
        whole = whole.permute(0, 2, 3, 1) if self.channels_last else whole
        pixels = (whole * 255).round() if self.entry.type == "tensor(uint8)" else whole
        array = np.ascontiguousarray(pixels.cpu().numpy().astype(TYPES[self.entry.type]))
        first, *_ = self.session.run(None, {self.entry.name: array})
        return np.asarray(first, dtype=np.float32)


def open_session(path: Path, device: torch.device) -> Any:
    """The file, loaded; raises ModelError when it is missing or broken, MissingExtraError without ONNX Runtime."""
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise MissingExtraError("onnxruntime", PREFIX, f"the model {PREFIX}:{path}") from error
    if not path.is_file():
        raise ModelError(f"there is no file {path}; onnx: takes the path of an .onnx file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4  # failures are raised
    wanted = ["CUDAExecutionProvider", "CPUExecutionProvider"] if device.type == "cuda" else ["CPUExecutionProvider"]
    providers = [provider for provider in wanted if provider in onnxruntime.get_available_providers()]
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # the runtime's own exceptions have no public base but Exception
        reason = str(error).splitlines()[0]
        raise ModelError(f"{path} is not an ONNX file that can be run ({reason}); export it again") from error
