"""Reading weights without running code: safetensors only, and every name and shape checked before anything is used."""

import json
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from whylight.errors import ModelError

PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""How files of torch.save begin, new and old, and pickles in general."""

UNUSED = ("AuxLogits.", "aux1.", "aux2.")
"""Heads that Inception and GoogLeNet have for training only."""

SHOWN = 3


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a safetensors file, half precision widened to float32, and its metadata.

    Raises ModelError when the file is missing, a pickle (refused: it runs code when it is read), or damaged.
    """
    _check_kind(path)
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: _widened(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 - not a dict
            return tensors, dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path} is no complete safetensors file ({error}); copy it again, or write it with safetensors.torch.save_file"
        ) from error


def _check_kind(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise ModelError(
            f"cannot read the weights in {path}: {error.strerror}; give the path of a .safetensors file"
        ) from error
    if start.startswith(PICKLES):
        raise ModelError(
            f"{path} is a pickle (as torch.save writes it), which can run code when it is read, so it is refused; if you "
            f"trust it, convert it once: safetensors.torch.save_file(torch.load({path.name!r}, weights_only=True), "
            f"{path.with_suffix('.safetensors').name!r})"
        )
    if start[8:9] != b"{":
        raise ModelError(
            f"{path} is not a safetensors file; write weights with "
            "safetensors.torch.save_file(network.state_dict(), FILE)"
        )


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def metadata_json(path: Path, metadata: dict[str, str], key: str) -> dict[str, object] | None:
    """The JSON object under ``key`` of a file's metadata; None when it has none.

    Raises ModelError when it is no JSON object.
    """
    if key not in metadata:
        return None
    try:
        plain = json.loads(metadata[key])
    except ValueError as error:
        raise ModelError(f"the description inside {path} is not JSON ({error}); write the checkpoint again") from error
    if not isinstance(plain, dict):
        raise ModelError(f"expected a JSON object as the description inside {path}; got {type(plain).__name__}")
    return plain


def assign(network: nn.Module, tensors: dict[str, Tensor], *, source: str, model: str) -> None:
    """Copies the tensors into the network.

    Raises ModelError, in one sentence, when names are missing or unknown, or a shape differs.
    """
    wanted = network.state_dict()
    given = {name.removeprefix(_prefix(tensors, wanted)): tensor for name, tensor in tensors.items()}
    given = {name: tensor for name, tensor in given.items() if not _unused(name) or name in wanted}
    missing = [name for name in wanted if name not in given and not _unused(name)]
    unknown = [name for name in given if name not in wanted]
    other = [
        f"{name} is {tuple(given[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in given and given[name].shape != tensor.shape
    ]
    problems = [*_listed("missing", missing), *_listed("unknown", unknown), *_listed("of another shape", other)]
    if problems:
        advice = (
            "give the number of labels as classes=N"
            if other and not missing and not unknown
            else "is it of another architecture?"
        )
        raise ModelError(f"the weights in {source} do not fit {model}: {'; '.join(problems)}; {advice}")
    network.load_state_dict(given, strict=False)


def _prefix(tensors: Iterable[str], wanted: Iterable[str]) -> str:
    """``module.`` when torch's data-parallel wrapper wrote the file."""
    wrapped = all(name.startswith("module.") for name in tensors)
    return "module." if wrapped and not any(name.startswith("module.") for name in wanted) else ""


def _unused(name: str) -> bool:
    return name.startswith(UNUSED) or name.endswith("num_batches_tracked")


def _listed(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"{len(names)} {what} ({', '.join(names[:SHOWN])}{more})"]
