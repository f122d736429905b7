"""F-TC, F-NTC and their baseline: the invariants of their definitions, and a classifier whose hindering patch is known."""

import pytest
import torch
from torch import Tensor, nn

from whylight import registry
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.explanation import explain
from whylight.frame import Resizing
from whylight.masking import mix
from whylight.methods.perturbation._ledger import mean_of_others
from whylight.methods.perturbation._mask_search import Weights
from whylight.methods.perturbation._presets import Preset
from whylight.methods.perturbation._undesirable import UndesirableMask, log_missing, target_answer
from whylight.perturb import Execution, execution, metered
from whylight.tensors import pick
from whylight.types import Images

METHODS = ("f_tc", "f_ntc", "undesirable")
PATCH = (slice(16, 40), slice(24, 48))


class Texture(nn.Module):
    """Label 0 is hindered by fine texture inside the patch, by way of its own logit or of another label's."""

    def __init__(self, *, own: bool) -> None:
        super().__init__()
        self.own = own
        self.scale = nn.Parameter(torch.tensor(3.0))

    def forward(self, images: Tensor) -> Tensor:
        texture = (images - images.roll(1, dims=-1)).abs().mean(dim=1)[:, PATCH[0], PATCH[1]].mean(dim=(1, 2))
        hindered = 3 - self.scale * texture
        other = self.scale * texture
        zero = torch.zeros_like(texture)
        return torch.stack([hindered, zero, zero] if self.own else [zero, other, zero], dim=1)


@pytest.fixture(params=[True, False], ids=["own logit", "another's logit"])
def planted(request: pytest.FixtureRequest) -> Classifier:
    network = Texture(own=request.param).eval()
    return Classifier("texture", ("target", "other", "third"), network, network, resizing=Resizing((64, 64), None))


@pytest.fixture
def patched() -> Images:
    """Flat grey with a fine checkerboard on the patch."""
    picture = torch.full((1, 3, 64, 64), 0.5)
    rows, columns = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    board = ((rows + columns) % 2).float()
    picture[:, :, PATCH[0], PATCH[1]] = board[PATCH[0], PATCH[1]]
    return picture


def overlap(found: Tensor) -> float:
    """Intersection over union of the marked pixels and the patch."""
    truth = torch.zeros(64, 64, dtype=torch.bool)
    truth[PATCH[0], PATCH[1]] = True
    marked = found < -0.6
    return float((marked & truth).sum() / (marked | truth).sum())


@pytest.mark.parametrize("name", METHODS)
def test_the_planted_patch_is_found_exactly(name: str, planted: Classifier, patched: Images) -> None:
    method = registry.read("methods", f"{name}:tv=0.02,area=0.1,gamma=0.001,side=64,sigma=3,taps=7,align_corners=false")
    explanation = explain(planted, method, patched, 0)
    assert overlap(explanation.maps[0]) >= 0.9
    details = explanation.evidence.details
    assert details["after"] > details["before"] + 0.1


@pytest.mark.parametrize("name", METHODS)
def test_the_search_by_outputs_finds_the_patch_too(name: str, planted: Classifier, patched: Images) -> None:
    settings = "route=outputs,tv=0.02,area=0.1,gamma=0.001,side=8,sigma=3,taps=7"
    method = registry.read("methods", f"{name}:{settings}")
    black_box = Classifier("box", planted.labels, planted.predict, resizing=planted.resizing)
    explanation = explain(black_box, method, patched, 0)
    assert overlap(explanation.maps[0]) >= 0.5  # its cells are 9 pixels wide
    assert explanation.evidence.details["after"] > explanation.evidence.details["before"] + 0.1
    assert explanation.forward < 300


@pytest.mark.parametrize("name", METHODS)
def test_a_huge_price_for_area_leaves_the_picture_alone(name: str, convolution: Classifier, images: Images) -> None:
    explanation = explain(convolution, registry.read("methods", f"{name}:area=1000,iterations=20"), images)
    assert (explanation.maps == 0).all()
    assert explanation.verdict.flags == (("all_zero",),) * 3


def test_the_data_gradients_of_plain_and_f_ntc_agree(convolution: Classifier, images: Images) -> None:
    gradients = []
    for text in ("undesirable", "f_ntc:gamma=0"):
        method = registry.read("methods", text)
        logits = convolution.predict(images).detach().requires_grad_()
        loss = method.objective()(logits, logits.detach(), torch.tensor([0, 1, 2])).sum()
        gradients.append(torch.autograd.grad(loss, logits)[0])
    torch.testing.assert_close(gradients[0], gradients[1])


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("deviation", ["absolute", "smooth", "squared"])
def test_gradients_are_finite_at_the_start(name: str, deviation: str, convolution: Classifier, images: Images) -> None:
    method = registry.read("methods", f"{name}:deviation={deviation},iterations=1,area=0,tv=0")
    assert torch.isfinite(explain(convolution, method, images).maps).all()


def test_each_regulariser_holds_the_logits_that_it_names(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([1, 2, 3])

    def moved(text: str) -> tuple[Tensor, Tensor]:
        method = registry.read("methods", f"{text},tv=0,area=0,iterations=60")
        details = explain(convolution, method, images, targets).evidence.details
        return (
            (details["others_mean_after"] - details["others_mean_before"]).abs(),
            (details["target_logit_after"] - details["target_logit_before"]).abs(),
        )

    plain_others, plain_target = moved("undesirable:gamma=0")
    assert (moved("f_tc:gamma=100")[0] < plain_others).all()
    assert (moved("f_ntc:gamma=100")[1] < plain_target).all()


@pytest.mark.parametrize("name", METHODS)
def test_the_paper_preset_holds_the_constants_of_the_paper(name: str) -> None:
    method: UndesirableMask = registry.read("methods", f"{name}:preset=paper")
    assert method.constants == Preset(Weights(tv=1.7, area=3.0, gamma=0.3), rate=0.1, answer="probability")
    assert (method.iterations, method.beta, method.norm) == (200, 2.0, "mean")
    assert method.search(torch.zeros(1, 3, 224, 224)).side == 28
    assert method.search(torch.zeros(1, 3, 32, 32)).side == 4


def test_a_budget_is_kept(convolution: Classifier, images: Images) -> None:
    method = registry.read("methods", "undesirable:budget=0.1,area=0,tv=0,iterations=200")
    assert (explain(convolution, method, images, 2).evidence.details["blurred"] < 0.13).all()


def test_the_best_iterate_is_never_worse_than_no_mask(convolution: Classifier, images: Images) -> None:
    method = registry.read("methods", "undesirable:keep=best,iterations=30,tv=0.01,area=0.01")
    details = explain(convolution, method, images, 3).evidence.details
    assert (details["after"] >= details["before"] - 1e-6).all()


def test_a_black_box_has_no_gradient_route(black_box: Classifier, images: Images) -> None:
    with pytest.raises(MethodError, match="black box without gradients; leave out route=gradients"):
        explain(black_box, registry.read("methods", "f_tc:route=gradients"), images)


def test_the_mean_of_the_others() -> None:
    logits = torch.tensor([[1.0, 5.0, 9.0]])
    assert mean_of_others(logits, torch.tensor([1])) == pick(torch.tensor([[5.0]]), torch.tensor([0]))


@pytest.mark.parametrize("name", METHODS)
def test_the_logarithm_moves_a_target_that_has_no_probability(name: str) -> None:
    logits = torch.tensor([[-90.0, 0.0, 40.0]])
    sizes = {}
    for answer in ("probability", "log_probability"):
        leaf = logits.clone().requires_grad_()
        objective = registry.read("methods", f"{name}:answer={answer},gamma=0").objective()
        (gradient,) = torch.autograd.grad(objective(leaf, logits, torch.tensor([0])).sum(), leaf)
        sizes[answer] = float(gradient.abs().max())
    assert sizes["probability"] < 1e-6
    assert sizes["log_probability"] > 0.9


@pytest.mark.parametrize("certain", [0.0, 6.0, 20.0])
def test_the_gain_that_is_raised_is_that_of_the_ledger(certain: float) -> None:
    before = torch.tensor([[certain, 0.3, -1.0]], dtype=torch.float64)
    after = torch.tensor([[certain + 0.5, 0.1, -1.5]], dtype=torch.float64)
    was, then = before.softmax(1)[0, 0], after.softmax(1)[0, 0]
    expected = (then - was) / (1 - was).clamp_min(1e-6)
    gain = target_answer(after, before, torch.tensor([0]), "gain")
    unclamped = 1 - (1 - then) / (1 - was).clamp_min(1e-6)
    assert gain.item() == pytest.approx((expected if 1 - was >= 1e-6 else unclamped).item(), rel=1e-6)


def test_what_is_missing_is_exact_where_the_probability_rounds_to_one() -> None:
    logits = torch.tensor([[60.0, 0.0, 0.0]])
    assert logits.softmax(1)[0, 0] == 1
    assert log_missing(logits, torch.tensor([0])).item() == pytest.approx(torch.tensor(2.0).log().item() - 60, rel=1e-6)


def test_a_classifier_of_one_label_has_nothing_to_gain() -> None:
    logits = torch.tensor([[1.5]], requires_grad=True)
    gain = target_answer(logits, torch.tensor([[0.0]]), torch.tensor([0]), "gain")
    (slope,) = torch.autograd.grad(gain.sum(), logits)
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize("keep", ["last", "best", "average"])
def test_an_iterate_is_the_one_that_was_asked_for(convolution: Classifier, images: Images, keep: str) -> None:
    targets = torch.tensor([2, 2, 2])
    method: UndesirableMask = registry.read("methods", f"f_tc:iterations=6,tv=0,area=0,keep={keep}")
    found = method.find(convolution, images, targets)
    assert set(found) == {"last", "best", "average"}
    assert torch.equal(method(convolution, images, targets).maps, (found[keep].masks - 1)[:, 0])


def test_the_average_is_that_of_the_second_half(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([2, 2, 2])

    def after(iterations: int, keep: str) -> Tensor:
        method: UndesirableMask = registry.read("methods", f"f_tc:iterations={iterations},tv=0,area=0,keep={keep}")
        return method.find(convolution, images, targets)[keep].masks

    slowly = (after(3, "last") + after(4, "last")) / 2
    torch.testing.assert_close(after(4, "average"), slowly, rtol=0, atol=1e-6)


def test_a_cosine_ends_in_small_steps(convolution: Classifier, images: Images) -> None:
    method: UndesirableMask = registry.read("methods", "f_tc:schedule=cosine,iterations=10,rate=0.1")
    search = method.search(images)
    rates = [search.rate_at(step) for step in range(10)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(0.1)
    assert rates[5] == pytest.approx(0.05)
    assert rates[-1] < 0.003


def test_reduced_precision_searches_but_does_not_measure(convolution: Classifier, images: Images) -> None:
    method: UndesirableMask = registry.read("methods", "f_tc:iterations=5,tv=0,area=0")
    targets = torch.tensor([2, 2, 2])
    with execution(Execution(precision="bfloat16")), metered() as meter:
        found = method.find(convolution, images, targets)["last"]
    assert meter.precision_error > 0
    blurred = mix(images, method.fill(images, "blur"), found.masks)
    torch.testing.assert_close(found.before, convolution.logits(images), rtol=0, atol=1e-5)
    torch.testing.assert_close(found.after, convolution.logits(blurred), rtol=0, atol=1e-5)


@pytest.mark.parametrize("start", ["ones", "near_ones", "half", "random"])
def test_a_search_begins_where_it_is_told(convolution: Classifier, images: Images, start: str) -> None:
    method: UndesirableMask = registry.read("methods", f"f_tc:iterations=0,start={start},seed=3")
    masks = method.find(convolution, images, torch.tensor([2, 2, 2]))["average"].masks
    low, high = {"ones": (1, 1), "near_ones": (0.9, 1), "half": (0.45, 0.55), "random": (0, 1)}[start]
    assert low - 1e-6 <= masks.min()
    assert masks.max() <= high + 1e-6
    assert (masks.std() > 0) == (start != "ones")


def test_restarts_are_the_mean_of_searches_with_their_own_seeds(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([2, 2, 2])

    def masks(settings: str) -> Tensor:
        method: UndesirableMask = registry.read("methods", f"f_tc:iterations=5,start=near_ones,{settings}")
        return method.find(convolution, images, targets)["last"].masks

    singles = torch.stack([masks(f"seed={seed}") for seed in (3, 4, 5)]).mean(dim=0)
    torch.testing.assert_close(masks("restarts=3,seed=1"), singles, rtol=0, atol=1e-6)


def test_the_stable_preset_agrees_with_itself_better_than_one_search(convolution: Classifier, images: Images) -> None:
    def spread(settings: str) -> float:
        maps = [
            explain(
                convolution,
                registry.read("methods", f"f_tc:iterations=3,side=16,{settings},seed={seed}"),
                images,
                2,
            ).maps
            for seed in (0, 1, 2)
        ]
        return float(torch.stack(maps).std(dim=0).mean())

    assert spread("preset=stable") < spread("start=near_ones") / 2


@pytest.mark.parametrize("settings", ["restarts=2", "restarts=0,start=near_ones"])
def test_restarts_that_make_no_sense_are_refused(convolution: Classifier, images: Images, settings: str) -> None:
    with pytest.raises(MethodError, match="restarts"):
        explain(convolution, registry.read("methods", f"f_tc:iterations=2,{settings}"), images, 2)
