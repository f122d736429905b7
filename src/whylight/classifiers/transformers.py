"""``hf:FOLDER-or-name`` is any image classifier of Hugging Face transformers, from a local folder or from the hub.

A folder holds ``config.json``, ``model.safetensors`` and, for the preparation, ``preprocessor_config.json``.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from whylight.classifier import Classifier
from whylight.classifiers import _zoo
from whylight.classifiers._hub import without_waiting
from whylight.classifiers._image_processor import prepared
from whylight.classifiers._settings import ZOO, read_settings
from whylight.classifiers._torchvision import import_torchvision
from whylight.classifiers.module import still, wrap
from whylight.errors import MissingExtraError, ModelError
from whylight.spec import Spec

PREFIX = "hf"
SETTINGS = tuple(setting for setting in ZOO if setting not in ("weights", "version", "classes"))
ADVICE = "give a local folder: hf:FOLDER, as save_pretrained wrote it"


def load(given: Spec, *, device: torch.device) -> Classifier:
    """The classifier; raises ModelError for a folder or name without an image classifier, or weights that do not fit."""
    name, settings = _zoo.name_of(given), read_settings(given, SETTINGS)
    transformers = import_transformers(name)
    where = _folder_or_name(name)
    folder = Path(where).is_dir()
    with without_waiting():
        config = _zoo.fetched(lambda: transformers.AutoConfig.from_pretrained(where), given, ADVICE, folder=folder)
        network = _zoo.fetched(lambda: pretrained(where), given, ADVICE, folder=folder)
        preparation = prepared(where, config).changed(settings)
    published = tuple(str(config.id2label[index]) for index in range(config.num_labels))
    labels = _zoo.labels_of(settings, published)
    return wrap(still(network, device), labels, preparation, name=f"{PREFIX}:{name}", layer=settings.layer)


def pretrained(where: str) -> nn.Module:
    """The network with its safetensors weights; raises ModelError when some are missing."""
    from transformers import AutoModelForImageClassification

    network, found = AutoModelForImageClassification.from_pretrained(
        where, use_safetensors=True, output_loading_info=True
    )
    lost = sorted(found["missing_keys"]) + sorted(str(key) for key in found["mismatched_keys"])
    if lost:
        raise ModelError(
            f"{where} has no weights for {', '.join(lost[:3])}, so its answers would be random; take a "
            "checkpoint that was trained as an image classifier"
        )
    return cast(nn.Module, network)


def import_transformers(name: str) -> Any:
    """The package; raises MissingExtraError when it is not installed."""
    with suppress(MissingExtraError):  # transformers does without torchvision, but not with a broken one
        import_torchvision(f"the model {PREFIX}:{name}")
    try:
        import transformers
    except ModuleNotFoundError as error:
        raise MissingExtraError("transformers", PREFIX, f"the model {PREFIX}:{name}") from error
    return transformers


def _folder_or_name(name: str) -> str:
    folder = Path(name).expanduser()
    if folder.is_dir():
        _check_folder(folder)
        return str(folder)
    if folder.is_absolute() or name.startswith((".", "~")):
        raise ModelError(f"there is no folder {folder}; hf: takes a folder that save_pretrained wrote, or a hub name")
    return name


def _check_folder(folder: Path) -> None:
    if not (folder / "config.json").exists():
        raise ModelError(f"expected config.json and model.safetensors in {folder}; save_pretrained writes both")
    if not list(folder.glob("*.safetensors")):
        raise ModelError(
            f"{folder} holds no model.safetensors; pickled weights (pytorch_model.bin) can run code when they are read, so "
            "they are refused: if you trust them, convert them once with from_pretrained and save_pretrained of transformers"
        )
