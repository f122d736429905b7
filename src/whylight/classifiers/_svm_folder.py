"""The folder of an SVM: what it is, the SVM itself, and the network whose features or maps it takes.

svm.json                what it takes and gives; written last, so that a folder without it is not complete
svm.skops               the fitted scikit-learn estimator
typical.safetensors     the mean of the features that it was fitted to; of pixels what contributions are counted from (zeros
                        unless they are standardised), and the mean of the pictures
network.safetensors     the network whose features or maps it takes, where whylight wrote that
mask.skops              the SVM whose weight maps are its masks

skops files are read only where every type in them is one of scikit-learn's and numpy's own: reading runs no code.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save as serialised
from torch import Tensor

from whylight.classifiers import _described
from whylight.classifiers._network_below import NETWORK, copy_into
from whylight.classifiers._settings import Interpolation
from whylight.classifiers._weights import read_weights
from whylight.errors import MissingExtraError, ModelError
from whylight.nets.svm import Rival

FORMAT = 1
DESCRIPTION, SVM_FILE, TYPICAL, MASK_FILE = "svm.json", "svm.skops", "typical.safetensors", "mask.skops"
KIND = _described.Kind(DESCRIPTION, FORMAT, "SVM", "whylight train svm", "fit the SVM again")
OWN = (DESCRIPTION, SVM_FILE, TYPICAL, NETWORK, MASK_FILE)


@dataclass(frozen=True)
class Description:
    """What ``svm.json`` says.

    ``takes``: averaged ``features`` of a network, or ``pixels``. ``labels``: one name a score. ``rival``: what a label's
    score is one against one. ``model``: the network whose features, or whose maps as masks, are taken; ``layer``: the layer
    of it. ``copied``: whether the folder holds that network. ``keep``: the share of pixels that a mask keeps; None without
    one. ``size``, ``channels``, ``shorter``, ``interpolation``: of the pictures of an SVM on pixels. ``probe``: the scores
    of one random picture, which tell whether the network is still the one that the SVM was fitted to. ``fit``: how the SVM
    was fitted, for people.
    """

    takes: Literal["features", "pixels"]
    labels: tuple[str, ...]
    rival: Rival = "strongest"
    model: str | None = None
    layer: str | None = None
    copied: bool = False
    keep: float | None = None
    size: tuple[int, int] | None = None
    channels: int = 3
    shorter: int | None = None
    interpolation: Interpolation = "bilinear"
    probe: tuple[float, ...] = ()
    fit: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


def skops_io() -> Any:
    """The module that reads and writes skops files; raises MissingExtraError when it is not installed."""
    try:
        import sklearn as _sklearn  # noqa: F401 - skops builds its estimators
        import skops.io
    except ImportError as error:
        raise MissingExtraError("scikit-learn and skops", "train", "an SVM") from error
    return skops.io


def write(
    folder: Path,
    description: Description,
    estimator: Any,
    typical: Tensor,
    *,
    mean: Tensor | None = None,
    mask: Any = None,
) -> None:
    """Writes the folder; a reader finds all of it or none."""
    io = skops_io()
    with _described.described(folder, KIND, description):
        _described.write(folder / SVM_FILE, io.dumps(estimator))
        pictures = {"typical": typical} | ({} if mean is None else {"mean": mean})
        plain_pictures = {name: each.detach().float().cpu().contiguous() for name, each in pictures.items()}
        _described.write(folder / TYPICAL, serialised(plain_pictures))
        if mask is not None:
            _described.write(folder / MASK_FILE, io.dumps(mask))
        if description.copied:
            copy_into(folder, description.model or "")


def read(folder: Path) -> Description:
    """The description; raises ModelError, in one sentence, when it is missing, damaged or of a newer format."""
    return _described.read(folder, KIND, Description, _fits)


def _fits(plain: dict[str, Any]) -> bool:
    """Whether the values that decide what is built are of their kind."""
    keep, size, labels = plain["keep"], plain["size"], plain["labels"]
    return (
        plain["takes"] in ("features", "pixels")
        and isinstance(labels, list)
        and all(isinstance(label, str) for label in labels)
        and plain["rival"] in ("strongest", "mean")
        and (keep is None or (isinstance(keep, float | int) and 0 < keep <= 1))
        and (
            size is None or (isinstance(size, list) and len(size) == 2 and all(isinstance(each, int) for each in size))
        )
        and (plain["takes"] == "pixels" or isinstance(plain["model"], str))
        and (plain["takes"] == "features" or size is not None)
    )


def read_estimator(path: Path) -> Any:
    """The estimator in a skops file; raises ModelError when it is missing, damaged, or holds a type that is not trusted."""
    io = skops_io()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}; fit the SVM again") from error
    try:
        untrusted = io.get_untrusted_types(data=content)
        estimator = None if untrusted else io.loads(content, trusted=[])
    except Exception as error:  # skops raises what its parts raise
        first = next(iter(str(error).strip().splitlines()), "no reason given")
        raise ModelError(
            f"{path} is no complete skops file of this scikit-learn ({type(error).__name__}: {first}); fit the SVM again"
        ) from error
    if untrusted:
        raise ModelError(
            f"{path} holds {', '.join(map(str, untrusted[:3]))}, which is no part of a fitted SVM, so it is refused: "
            "reading it could run code"
        )
    return estimator


def read_typical(folder: Path) -> tuple[Tensor, Tensor | None]:
    """What contributions are counted from, and the mean of the pictures, None for an SVM on features; raises ModelError when
    they cannot be read or are damaged."""
    tensors, _ = read_weights(folder / TYPICAL)
    if "typical" not in tensors:
        raise ModelError(f"{folder / TYPICAL} does not hold what the SVM was fitted to; fit the SVM again")
    typical, mean = tensors["typical"].to(torch.float32), tensors.get("mean")
    if mean is not None and mean.numel() != typical.numel():
        raise ModelError(f"{folder / TYPICAL} is damaged: its mean has {mean.numel()} numbers; fit the SVM again")
    return typical, None if mean is None else mean.to(torch.float32)
