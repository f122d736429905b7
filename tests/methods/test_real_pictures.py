"""The random methods on a real network and real pictures: they agree with themselves and mark what matters."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from whylight import classifiers, registry
from whylight.explanation import explain

METHODS = ["lime:samples=500", "lime:samples=500,sampling=glime", "kernel_shap:samples=768", "rise:samples=800"]


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("text", METHODS)
def test_two_seeds_agree_and_the_marked_pixels_matter(data_root: Path, text: str) -> None:
    weights = data_root / "models" / "squeezenet1_1.imagenet1k.safetensors"
    classifier = classifiers.load(f"torchvision:squeezenet1_1,weights={weights}")
    files = sorted((data_root / "imagenet" / "val").glob("*/*"))[5::350]
    pictures = torch.stack([classifier.fit(Image.open(file).convert("RGB"))[0] for file in files])
    assert len(pictures) == 2
    explanation = explain(classifier, registry.read("methods", text), pictures)
    verdict, details = explanation.verdict, explanation.evidence.details
    assert (details["seed_agreement"] > 0.6).all()
    assert (verdict.without_supporting < verdict.without_elsewhere).all()
    assert (verdict.without_supporting < verdict.probability).all()
    assert (verdict.without_hindering > verdict.without_supporting).all()
    assert verdict.flags == ((), ())
    assert (details.get("r2", torch.ones(2)) > 0.3).all()
    assert (details.get("completeness", torch.zeros(2)) < 1e-6).all()
