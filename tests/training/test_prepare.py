"""What is chosen where nothing was asked for, and what cannot be trained."""

import gzip
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from whylight.classifiers import networks
from whylight.errors import DataError, ModelError, SpecError
from whylight.training import prepare as preparing
from whylight.training.prepare import Wish, prepare
from whylight.training.session import Setup
from whylight.training.start import first_network
from whylight.training.testing import prepare_test

CPU = torch.device("cpu")


def photos(folder: Path, labels: dict[str, int], size: tuple[int, int] = (40, 30), mode: str = "RGB") -> Path:
    random = torch.Generator().manual_seed(0)
    for label, count in labels.items():
        (folder / label).mkdir(parents=True)
        for number in range(count):
            pixels = torch.randint(0, 256, (size[1], size[0], 3), generator=random, dtype=torch.uint8)
            Image.fromarray(pixels.numpy()).convert(mode).save(folder / label / f"{number}.png")
    return folder


def fashion(folder: Path, split: str, pictures: torch.Tensor, labels: list[int]) -> None:
    folder.mkdir(exist_ok=True)
    name = {"train": "train", "test": "t10k"}[split]
    head = struct.pack(">4I", 2051, len(labels), 28, 28)
    (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + pictures.numpy().tobytes()))
    numbers = struct.pack(">2I", 2049, len(labels)) + bytes(labels)
    (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(numbers))


@pytest.fixture
def clothes(tmp_path: Path) -> Path:
    """A data root with 40 pictures of Fashion-MNIST to train with and 20 to test."""
    noise = torch.randint(0, 256, (60, 28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    labels = [place % 10 for place in range(60)]
    fashion(tmp_path / "fashion-mnist", "train", noise[:40], labels[:40])
    fashion(tmp_path / "fashion-mnist", "test", noise[40:], labels[40:])
    return tmp_path


def wish(data: str | Path, **others: Any) -> Wish:
    return Wish(str(data), **others)


def test_the_training_part_is_taken_in_its_own_size_and_colours(clothes: Path) -> None:
    found = prepare(wish("fashion_mnist", data_root=clothes), CPU)
    assert found.pictures.names[0] == "train-00000"
    assert (found.plan.size, found.plan.channels, found.plan.pictures) == ((28, 28), 1, 40)
    assert found.plan.network == "small_cnn"
    assert found.plan.hyperparameters.epochs == 10


def test_the_test_part_is_refused(clothes: Path) -> None:
    with pytest.raises(SpecError, match="names the split test, which is there to score with once the training is over"):
        prepare(wish("fashion_mnist:split=test", data_root=clothes), CPU)


def test_the_test_is_its_own_part_and_shares_nothing(clothes: Path, tmp_path: Path) -> None:
    prepared = prepare(wish("fashion_mnist", data_root=clothes), CPU)
    test = prepare_test("fashion_mnist", clothes, prepared)
    assert test.pictures.names[0] == "test-00000"
    assert len(test.pictures) == 20
    with pytest.raises(DataError, match="40 of 40 pictures to train with are test pictures too"):
        prepare_test("fashion_mnist:split=train", clothes, prepared)
    with pytest.raises(
        DataError, match=r"the test .* has the labels ant, bee and the training T-shirt/top, Trouser, .*"
    ):
        prepare_test(str(photos(tmp_path / "p", {"ant": 2, "bee": 2})), None, prepared)


def test_photos_are_brought_to_one_size(tmp_path: Path) -> None:
    small = photos(tmp_path / "small", {"ant": 3, "bee": 3})
    assert prepare(wish(small), CPU).plan.size == (30, 40)
    large = photos(tmp_path / "large", {"ant": 2, "bee": 2}, size=(200, 120), mode="L")
    found = prepare(wish(large, network="resnet20"), CPU)
    assert (found.plan.size, found.plan.channels) == ((64, 64), 1)
    assert prepare(wish(large, size=(20, 24)), CPU).plan.size == (20, 24)


def test_some_pictures_drawn_by_the_seed(tmp_path: Path) -> None:
    data = "planted:count=50,size=32,classes=3"
    first, again, other = (prepare(wish(data, limit=20, seed=seed), CPU) for seed in (0, 0, 1))
    assert len(first.pictures) == 20
    assert first.pictures.names == again.pictures.names != other.pictures.names
    assert first.plan.content == again.plan.content != other.plan.content


def test_precision_is_kept_once_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "quick_precision", lambda _device: "bfloat16")
    data = "planted:count=12,size=32,classes=3"
    begun = prepare(wish(data, precision="float32"), CPU).plan
    assert prepare(wish(data), CPU).plan.precision == "bfloat16"
    assert prepare(wish(data), CPU, begun).plan == begun


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            {"ant": 4},
            "a classifier needs pictures of at least two labels, and of every label; .* has the only label 'ant'",
        ),
        ({".hidden": 4}, "there is no picture in the folder"),
    ],
)
def test_too_few_labels(tmp_path: Path, labels: dict[str, int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        prepare(wish(photos(tmp_path / "p", labels)), CPU)


def test_pictures_too_small_for_a_network(tmp_path: Path) -> None:
    folder = photos(tmp_path / "p", {"ant": 2, "bee": 2}, size=(6, 6))
    with pytest.raises(ModelError, match="small_cnn: expected pictures of at least 14 × 14 pixels; got 6 × 6"):
        prepare(wish(folder), CPU)


def test_a_network_of_a_zoo_begins_with_a_file(tmp_path: Path) -> None:
    """All of its weights but those of the head, and its own size and normalisation."""
    from safetensors.torch import save_file

    torch.manual_seed(0)
    published = networks.build("torchvision:squeezenet1_1", 5, 3, (224, 224))
    save_file(published.state_dict(), tmp_path / "weights.safetensors")
    (tmp_path / "labels.txt").write_text("a\nb\nc\nd\ne\n")
    text = f"torchvision:squeezenet1_1,weights={tmp_path}/weights.safetensors,labels={tmp_path}/labels.txt"
    found = prepare(wish(photos(tmp_path / "p", {"ant": 3, "bee": 3}), network=text, frozen=True), CPU)
    assert (found.plan.network, found.plan.start) == ("torchvision:squeezenet1_1", text)
    assert (found.resizing.size, found.resizing.channels) == ((224, 224), 3)
    assert found.plan.hyperparameters.rate == 1e-3
    network = first_network(found.plan, found.model, found.pictures.classes)
    own, theirs = network.state_dict(), published.state_dict()
    other = [name for name in own if own[name].shape != theirs[name].shape or not torch.equal(own[name], theirs[name])]
    assert other == ["classifier.1.weight", "classifier.1.bias"]
    assert own["classifier.1.weight"].shape[0] == 2
    trained = [name for name, each in network.named_parameters() if each.requires_grad]
    assert trained == other


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    from whylight.training import run

    data = "planted:count=30,size=32,classes=3"
    first = prepare(wish(data, changes={"epochs": 1, "batch": 8}), CPU)
    run.carry_out(Setup(tmp_path / "out", CPU), first)
    start = f"file:{tmp_path}/out/model.safetensors"
    found = prepare(wish(data, start=start, network="resnet20"), CPU)
    with pytest.raises(
        ModelError, match=r"the weights of file:.* are not those of a resnet20 for pictures of 3 channels"
    ):
        first_network(found.plan, found.model, found.pictures.classes)
    same = prepare(wish(data, start=start), CPU)
    assert same.plan.network == "small_cnn"
    begun = first_network(same.plan, same.model, same.pictures.classes).state_dict()
    assert same.model is not None
    assert same.model.module is not None
    assert all(torch.equal(tensor, begun[name]) for name, tensor in same.model.module.state_dict().items())


def test_two_beginnings_are_refused() -> None:
    with pytest.raises(SpecError, match="expected weights behind timm:resnet18 or --start; got both"):
        prepare(wish("planted", network="timm:resnet18,weights=x.safetensors", start="file:y.safetensors"), CPU)


def test_a_black_box_is_nothing_to_begin_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "blackbox.py").write_text(
        "import torch\ndef make():\n    f = lambda x: torch.zeros(len(x), 2)\n    f.labels = ('a', 'b')\n"
        "    f.input_size = (32, 32)\n    return f\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="is a black box without weights to go on with"):
        prepare(wish("planted:count=9,size=32,classes=3", start="python:blackbox:make"), CPU)
