from collections.abc import Callable

import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.explanation import Explanation, explain
from whylight.methods.gradient.integrated_gradients import IntegratedGradients
from whylight.methods.perturbation.f_tc import FTC
from whylight.metrics.faithfulness.completeness_error import CompletenessError
from whylight.types import Images

Explained = Callable[..., Explanation]


def test_a_linear_classifiers_shares_are_complete(
    explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    for factor, error in ((1.0, 0.0), (0.0, 1.0), (3.0, 2.0), (-1.0, 2.0)):
        scores = CompletenessError()(explained(linear, pictures, factor * shares)).scores
        torch.testing.assert_close(scores, torch.full((3,), error), atol=1e-4, rtol=0)


def test_the_baseline_is_the_methods_own_or_the_sum_is_another(
    explained: Explained, linear: Classifier, pictures: Images, weights: Tensor
) -> None:
    from_grey = (weights * (pictures - 0.5)).sum(dim=1)
    explanation = explained(linear, pictures, from_grey)
    assert (CompletenessError(baseline="grey")(explanation).scores < 1e-4).all()
    assert (CompletenessError(baseline="black")(explanation).scores > 1e-2).all()


def test_integrated_gradients_state_the_same_error(convolution: Classifier, images: Images) -> None:
    """The residual that the method reports of its own map, from a few even steps that leave one."""
    explanation = explain(convolution, IntegratedGradients(steps=3, rule="riemann", most=3), images, 0)
    stated = explanation.evidence.details["completeness"]
    assert (stated > 0).any()
    torch.testing.assert_close(CompletenessError()(explanation).scores, stated, atol=1e-5, rtol=1e-2)


def test_what_is_not_shared_out_has_no_error(
    explained: Explained, convolution: Classifier, images: Images, pictures: Images
) -> None:
    mask = explain(convolution, FTC(iterations=2), images, 0)
    assert mask.evidence.perturbed is not None
    assert torch.isnan(CompletenessError()(mask).scores).all()
    constant = Classifier("constant", ("a", "b"), lambda given: torch.ones(len(given), 2))
    assert torch.isnan(CompletenessError()(explained(constant, pictures, torch.randn(3, 12, 12))).scores).all()


def test_two_passes(explained: Explained, linear: Classifier, pictures: Images, shares: Tensor) -> None:
    explanation = explained(linear, pictures, shares)
    with perturb.metered() as meter:
        CompletenessError()(explanation)
    assert meter.forward == 6
    assert (CompletenessError(output="probability")(explanation).scores > 0.1).any()
