"""What every faithfulness metric owes, run over every file in the folder."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from whylight import perturb, registry
from whylight.classifier import Classifier
from whylight.errors import ModelError
from whylight.explanation import Explanation
from whylight.metric import Metric
from whylight.types import Images, Scores

Explained = Callable[..., Explanation]
NAMES = [name for name, module in registry.modules("metrics").items() if ".faithfulness." in module]

QUICK = {
    "deletion": "deletion:steps=7",
    "faithfulness_correlation": "faithfulness_correlation:samples=12,count=12",
    "infidelity": "infidelity:samples=9",
    "insertion": "insertion:steps=7",
    "irof": "irof:count=12",
    "pixel_flipping": "pixel_flipping:steps=7",
    "road": "road:steps=4",
    "sensitivity_n": "sensitivity_n:samples=6,count=12",
}
OTHERS = ("infidelity:samples=9,change=gaussian", "sensitivity_n:samples=6,parts=pixels", "deletion:normalise=true")

DRAWING = ("faithfulness_correlation", "infidelity", "road", "sensitivity_n")
ORDERING = ("deletion", "hindering_faithfulness", "insertion", "irof", "pixel_flipping")
"""What a seed is for: random changes, or only the order of pixels that are level."""

BLACK = {
    "completeness_error": "completeness_error",
    "faithfulness_correlation": "faithfulness_correlation:parts=grid,count=16,fill=black",
    "infidelity": "infidelity:fill=black,output=logit",
    "irof": "irof:parts=grid,count=16,fill=black",
    "road": "road:noise=0",
    "sensitivity_n": "sensitivity_n:parts=grid,count=16,fill=black",
}
"""Settings in which black is what nothing looks like: the linear classifier's shares are those compared with it."""


def read(text: str) -> Metric:
    part = registry.read("metrics", text)
    assert isinstance(part, Metric)
    return part


@pytest.fixture(params=[*(QUICK.get(name, name) for name in NAMES), *OTHERS])
def metric(request: pytest.FixtureRequest) -> Metric:
    return read(request.param)


@pytest.fixture
def signed() -> Tensor:
    return torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(11))


@pytest.fixture
def explanation(explained: Explained, convolution: Classifier, images: Images, signed: Tensor) -> Explanation:
    return explained(convolution, images, signed, torch.tensor([0, 1, 2]))


def same(first: Scores, second: Scores) -> None:
    torch.testing.assert_close(first, second, atol=1e-5, rtol=1e-3, equal_nan=True)


def test_all_are_there() -> None:
    assert len(NAMES) == 13


def test_scores_are_one_number_a_picture(metric: Metric, explanation: Explanation) -> None:
    measured = metric(explanation)
    assert measured.scores.shape == (3,)
    assert measured.scores.dtype == torch.float32
    assert not measured.scores.requires_grad
    assert all(len(curve) == 3 and torch.isfinite(curve).all() for curve in measured.curves.values())
    assert metric.higher_is_better in (True, False)


def test_a_batch_is_as_good_as_single_pictures(metric: Metric, explanation: Explanation) -> None:
    together = metric(explanation)
    for row in range(3):
        alone = metric(explanation[row : row + 1])
        same(together.scores[row : row + 1], alone.scores)
        assert set(together.curves) == set(alone.curves)
        for name, curve in alone.curves.items():
            same(together.curves[name][row : row + 1], curve)


def test_the_batch_size_does_not_matter(metric: Metric, explanation: Explanation) -> None:
    usual = metric(explanation).scores
    for size in (1, 5):
        with perturb.execution(perturb.Execution(batch_size=size)):
            same(usual, metric(explanation).scores)


def test_the_global_random_state_is_neither_read_nor_moved(metric: Metric, explanation: Explanation) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = metric(explanation).scores
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    torch.testing.assert_close(metric(explanation).scores, first, rtol=0, atol=0, equal_nan=True)


def test_the_classifier_and_the_maps_are_left_as_they_were(metric: Metric, explanation: Explanation) -> None:
    module = explanation.classifier.module
    assert module is not None
    state = {name: value.clone() for name, value in module.state_dict().items()}
    images, maps = explanation.images.clone(), explanation.maps.clone()
    metric(explanation)
    assert all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in module.parameters())
    assert not any(part._forward_hooks or part.training for part in module.modules())
    assert torch.equal(explanation.images, images)
    assert torch.equal(explanation.maps, maps)


def test_a_network_in_training_mode_is_refused(metric: Metric, explanation: Explanation) -> None:
    module = explanation.classifier.module
    assert module is not None
    module.train()
    with pytest.raises(ModelError, match=r"is in training mode, .* call \.eval\(\)"):
        metric(explanation)


def test_a_map_that_is_not_finite_is_not_measured(
    metric: Metric, explained: Explained, convolution: Classifier, images: Images, signed: Tensor
) -> None:
    usual = metric(explained(convolution, images, signed)).scores
    for value in (torch.nan, torch.inf):
        broken = signed.clone()
        broken[1, 3, 4] = value
        scores = metric(explained(convolution, images, broken)).scores
        assert torch.isnan(scores[1])
        same(scores[[0, 2]], usual[[0, 2]])


def test_a_black_box_and_one_channel_will_do(metric: Metric, explained: Explained, signed: Tensor) -> None:
    classifier = Classifier("box", ("a", "b"), lambda x: torch.stack([x.mean((1, 2, 3)), -x[:, 0, 3:9, 3].mean(1)], 1))
    measured = metric(explained(classifier, torch.rand(3, 1, 32, 20), signed[:, :, :20].contiguous()))
    assert measured.scores.shape == (3,)


def test_progress_ends_at_its_end(metric: Metric, explanation: Explanation) -> None:
    told: list[tuple[int, int]] = []
    with perturb.execution(perturb.Execution(progress=lambda done, all_: told.append((done, all_)))):
        metric(explanation)
    assert told[-1][0] == told[-1][1]
    assert all(first[0] < second[0] for first, second in pairwise(told))


@pytest.mark.parametrize(
    ("text", "drawing"),
    [(text, True) for text in (*OTHERS[:2], *(QUICK[name] for name in DRAWING))]
    + [(QUICK.get(name, name), False) for name in ORDERING],
)
def test_another_seed_matters_only_where_something_is_drawn(text: str, drawing: bool, explanation: Explanation) -> None:
    first, other = (read(f"{text}{',' if ':' in text else ':'}seed={seed}")(explanation).scores for seed in (0, 1))
    if drawing:
        assert not torch.equal(first, other)
    else:  # the map's values are all different: nothing is level
        same(first, other)


@pytest.mark.parametrize("name", NAMES)
def test_the_truth_is_better_than_chance(
    name: str, explained: Explained, linear: Classifier, pictures: Images, shares: Tensor
) -> None:
    """The shares that a linear classifier truly gives to each pixel, against noise of the same size, in the direction
    that the metric calls better."""
    measure = read(BLACK.get(name, f"{name}:fill=black"))
    truth = measure(explained(linear, pictures, shares)).scores
    source = torch.Generator().manual_seed(1)
    noise = [shares.std() * torch.randn(3, 12, 12, generator=source) for _ in range(20)]
    chance = torch.stack([measure(explained(linear, pictures, each)).scores for each in noise]).mean(dim=0)
    assert torch.isfinite(truth).all()
    gain = truth - chance if measure.higher_is_better else chance - truth
    assert (gain >= 0).all(), (truth, chance)  # some have a floor that both can lie on
    assert gain.mean() > 0
