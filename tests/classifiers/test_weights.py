"""Weights are read from safetensors only, and what does not fit is said in one sentence."""

import json
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from whylight.classifiers._weights import assign, metadata_json, read_weights
from whylight.errors import ModelError


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def assigned(tensors: dict[str, Tensor]) -> nn.Module:
    made = network()
    assign(made, tensors, source="FILE", model="the:model")
    return made


def test_tensors_and_metadata_are_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"a": torch.ones(2).half(), "b": torch.arange(3)}, path, metadata={"key": "value"})
    tensors, metadata = read_weights(path)
    assert (tensors["a"].dtype, tensors["b"].dtype) == (torch.float32, torch.int64)
    assert metadata == {"key": "value"}


class Harmful:
    """A pickle that would run code when it is read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("the pickle was opened",))


@pytest.mark.parametrize("name", ["model.pt", "model.pth", "pytorch_model.bin", "model.safetensors", "model.pkl"])
@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_pickle_is_refused_by_its_content(tmp_path: Path, name: str, form: str) -> None:
    path = tmp_path / name
    if form == "pickle":
        path.write_bytes(pickle.dumps(Harmful()))
    else:
        torch.save(network().state_dict(), path, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(
        ModelError, match=r"is a pickle .*, so it is refused; .* convert it once: safetensors"
    ) as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_safetensors_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    with pytest.raises(ModelError, match=r"cannot read the weights in .*: No such file or directory; give the path"):
        read_weights(path)
    with pytest.raises(ModelError, match=r"cannot read the weights in .*: Is a directory"):
        read_weights(tmp_path)
    for content in (b"", b"\x89HDF\r\n\x1a\n and so on", b"text"):
        path.write_bytes(content)
        with pytest.raises(
            ModelError, match=r"is not a safetensors file; write weights with safetensors\.torch\.save_file"
        ):
            read_weights(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(ModelError, match="is a pickle"):
        read_weights(path)


def test_a_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"a": torch.ones(100)}, path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match=r"is no complete safetensors file .*; copy it again"):
        read_weights(path)


def test_weights_that_fit() -> None:
    given = network().state_dict()
    assert all(torch.equal(tensor, given[name]) for name, tensor in assigned(given).state_dict().items())


def test_what_training_alone_needs_may_be_missing_or_too_much() -> None:
    given = {name: tensor for name, tensor in network().state_dict().items() if "num_batches" not in name}
    assigned(given | {"AuxLogits.fc.weight": torch.ones(3)})


def test_a_data_parallel_wrapper_is_taken_off() -> None:
    given = network().state_dict()
    made = assigned({f"module.{name}": tensor for name, tensor in given.items()})
    assert torch.equal(made.state_dict()["3.weight"], given["3.weight"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"3.bias": None, "0.weight": None}, r"2 missing \(0\.weight, 3\.bias\); is it of another architecture\?"),
        ({"4.weight": torch.ones(1)}, r"1 unknown \(4\.weight\); is it of another architecture\?"),
        (
            {"3.weight": torch.ones(7, 4), "3.bias": torch.ones(7)},
            r"2 of another shape \(3\.weight is \(7, 4\) instead of \(2, 4\), .*\); give the number of labels as classes=N",
        ),
        ({f"{letter}.weight": torch.ones(1) for letter in "abcde"}, r"5 unknown \(a\.weight, .*c\.weight and 2 more\)"),
    ],
)
def test_weights_that_do_not_fit(change: dict[str, Tensor | None], message: str) -> None:
    changed = {name: tensor for name, tensor in (network().state_dict() | change).items() if tensor is not None}
    with pytest.raises(ModelError, match=r"the weights in FILE do not fit the:model: " + message) as caught:
        assigned(changed)
    assert "\n" not in str(caught.value)


def test_descriptions() -> None:
    assert metadata_json(Path("FILE"), {}, "key") is None
    assert metadata_json(Path("FILE"), {"key": json.dumps({"a": 1})}, "key") == {"a": 1}
    with pytest.raises(ModelError, match="the description inside FILE is not JSON"):
        metadata_json(Path("FILE"), {"key": "{"}, "key")
    with pytest.raises(ModelError, match="expected a JSON object as the description inside FILE; got list"):
        metadata_json(Path("FILE"), {"key": "[]"}, "key")
