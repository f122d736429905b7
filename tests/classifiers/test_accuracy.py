"""Published weights score on real pictures what they are known to score: proof of loading, labels and preparation."""

import json
from pathlib import Path

import pytest
import torch

from whylight.classifiers import load
from whylight.pictures import read_picture

pytestmark = [pytest.mark.data, pytest.mark.slow]

PICTURES = 100


def sample(root: Path) -> tuple[list[Path], torch.Tensor]:
    """Every seventh of the 700 validation pictures, and their labels."""
    classes = json.loads((root / "imagenet" / "classes.json").read_text())
    index = {entry["wnid"]: entry["index"] for entry in classes}
    paths = sorted((root / "imagenet" / "val").glob("*/*"))[::7][:PICTURES]
    return paths, torch.tensor([index[path.parent.name] for path in paths])


@pytest.mark.parametrize(
    ("model", "weights", "known"),
    [
        ("torchvision:mobilenet_v2", "mobilenet_v2.imagenet1k_tfsame", (65.3, 88.9)),
        ("torchvision:squeezenet1_1", "squeezenet1_1.imagenet1k", (57.9, 80.7)),
        ("timm:deit_tiny_patch16_224", "deit_tiny_patch16_224.imagenet1k", (69.4, 89.6)),
    ],
)
def test_top_1_and_top_5(data_root: Path, model: str, weights: str, known: tuple[float, float]) -> None:
    """Within 8 points of what all 700 pictures gave: 1.7 standard errors of a hundred at most."""
    mean, std = "(0.485,0.456,0.406)", "(0.229,0.224,0.225)"
    path = data_root / "models" / f"{weights}.safetensors"
    classifier = load(f"{model},weights={path},resize=227,mean={mean},std={std}")
    paths, targets = sample(data_root)
    logits = classifier.logits(torch.stack([classifier.fit(read_picture(path))[0] for path in paths]))
    hits = logits.topk(5).indices == targets[:, None]
    scores = hits[:, 0].float().mean().item() * 100, hits.any(dim=1).float().mean().item() * 100
    assert abs(scores[0] - known[0]) < 8
    assert abs(scores[1] - known[1]) < 8
