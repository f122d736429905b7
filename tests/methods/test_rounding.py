"""A picture that nothing changes gives a map of zeros; a small effect that is real is kept."""

from typing import Literal

import pytest
import torch
from torch import Tensor

from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.method import Method
from whylight.methods._rounding import is_rounding, rounding_error
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.methods.perturbation.rise import RISE
from whylight.methods.surrogate.kernel_shap import KernelSHAP
from whylight.methods.surrogate.lime import LIME
from whylight.types import Images, Logits, Maps

Output = Literal["probability", "logit"]
METHODS = {"occlusion": Occlusion, "rise": RISE, "lime": LIME, "kernel_shap": KernelSHAP}


def method(name: str, output: Output) -> Method:
    settings = {"rise": {"samples": 200}, "lime": {"samples": 200}, "kernel_shap": {"samples": 200}}.get(name, {})
    made: Method = METHODS[name](fill="black", output=output, **settings)
    return made


def trembling(images: Images) -> Logits:
    """Logits of usual size that depend on the picture in nothing but their last bits, as those of real networks do."""
    steps = (images.double().sum(dim=(1, 2, 3)) * 1e6).sin()[:, None] * torch.tensor([1.0, -1.0, 0.5])
    return (torch.tensor([9.0, 7.5, -4.0]) * (1 + 2e-7 * steps)).float()


@pytest.mark.parametrize("output", ["probability", "logit"])
@pytest.mark.parametrize("name", list(METHODS))
def test_differences_of_the_last_bits_are_no_evidence(name: str, output: Output, images: Images) -> None:
    assert len(trembling(images)[:, 0].unique()) > 1
    found = explain(Classifier("trembling", ("a", "b", "c"), trembling), method(name, output), images)
    assert not found.maps.any()
    for flags in found.verdict.flags:
        assert "all_zero" in flags
        assert not {"unstable", "low_fit", "no_better_than_elsewhere"} & set(flags)


@pytest.mark.parametrize("name", list(METHODS))
def test_a_classifier_with_tiny_weights_keeps_its_map(name: str, images: Images) -> None:
    """Logits of a billionth: their differences are as exact as those of large ones."""
    weights = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(0))

    def maps(scale: float) -> Maps:
        def predict(given: Images) -> Tensor:
            logit = scale * (given * weights).sum(dim=(1, 2, 3))
            return torch.stack([logit, torch.zeros_like(logit)], dim=1)

        return explain(Classifier("linear", ("a", "b"), predict), method(name, "logit"), images, 0).maps

    tiny = maps(1e-9)
    assert tiny.flatten(1).any(dim=1).all()
    torch.testing.assert_close(tiny * 1e9, maps(1.0), atol=1e-3, rtol=1e-3)


def test_the_error_follows_the_softmax_and_the_answer() -> None:
    logits, targets = torch.tensor([[0.0, 0.0], [20.0, -20.0], [20.0, -20.0]]), torch.tensor([0, 0, 1])
    error = rounding_error(logits, targets, "probability")
    assert 5e-7 < float(error[0]) < 2e-6
    assert 1e-6 < float(error[1]) < 4e-6
    assert float(error[2]) < 1e-20
    assert torch.equal(rounding_error(3 * logits, targets, "logit"), 3 * rounding_error(logits, targets, "logit"))


def test_a_map_with_a_hole_is_not_taken_for_rounding() -> None:
    maps = torch.tensor([[[1e-9, -1e-9]], [[1e-9, torch.nan]], [[1e-9, 0.1]]])
    assert is_rounding(maps, torch.full((3,), 1e-6)).tolist() == [True, False, False]
