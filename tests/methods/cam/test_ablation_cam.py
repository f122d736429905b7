from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import LayerError
from whylight.method import Method
from whylight.methods.cam.ablation_cam import AblationCAM
from whylight.types import Features, Images, Maps, Targets

Close = Callable[[Tensor, object, float], None]


def slowly(classifier: Classifier, image: Images, target: int, zeroed: Callable[[Tensor, int], Tensor]) -> Tensor:
    """One picture's coarse map, one whole pass a channel; ``zeroed`` takes a channel out of the layer's output."""
    given: list[Tensor] = []
    layer = classifier.submodule()
    with torch.no_grad():
        hook = layer.register_forward_hook(lambda *call: given.append(call[2].clone()))
        logit = classifier.predict(image[None])[0, target]
        hook.remove()
        grid = classifier.to_grid(given[0])[0]
        coarse = torch.zeros_like(grid[0])
        for channel in range(len(grid)):
            hook = layer.register_forward_hook(lambda *call, channel=channel: zeroed(call[2].clone(), channel))
            coarse += (logit - classifier.predict(image[None])[0, target]) * grid[channel]
            hook.remove()
    return coarse


def enlarged(coarse: Tensor) -> Tensor:
    return functional.interpolate(coarse[None, None], size=(32, 32), mode="bilinear")[0, 0]


def in_grid(output: Tensor, channel: int) -> Tensor:
    output[:, channel] = 0
    return output


def in_tokens(output: Tensor, channel: int) -> Tensor:
    """The class token is not a part of the grid and keeps its own."""
    output[:, 1:, channel] = 0
    return output


@pytest.mark.parametrize(("kind", "zeroed"), [("convolution", in_grid), ("transformer", in_tokens)])
def test_the_papers_sum_written_slowly(
    request: pytest.FixtureRequest,
    images: Images,
    close: Close,
    kind: str,
    zeroed: Callable[[Tensor, int], Tensor],
) -> None:
    classifier, targets = request.getfixturevalue(kind), torch.tensor([0, 1, 2])
    evidence = AblationCAM()(classifier, images, targets)
    assert evidence.details["partial"].tolist() == [1, 1, 1]
    for number in range(3):
        coarse = slowly(classifier, images[number], int(targets[number]), zeroed)
        close(evidence.maps[number], enlarged(coarse), 1e-5)


def test_a_head_on_averages_is_known_beforehand(convolution: Classifier, images: Images) -> None:
    """There a channel's loss is its weight times its mean: w_k = θ_k · mean(A_k)."""
    targets = torch.tensor([0, 1, 2])
    features = convolution.watch(images, targets).features
    assert convolution.module is not None
    weights = convolution.module.get_submodule("7").get_parameter("weight").detach()[targets]
    coarse = torch.einsum("nk,nkrc->nrc", weights * features.mean(dim=(2, 3)), features)
    wanted = functional.interpolate(coarse[:, None], size=(32, 32), mode="bilinear")[:, 0]
    torch.testing.assert_close(AblationCAM()(convolution, images, targets).maps, wanted, rtol=1e-4, atol=1e-5)


def test_a_negative_logit_does_not_turn_the_map(convolution: Classifier, images: Images) -> None:
    """The paper divides by the logit; here what the target loses is above 0 whatever its sign."""
    assert convolution.module is not None
    targets = torch.tensor([0, 1, 2])
    before = AblationCAM()(convolution, images, targets).maps
    with torch.no_grad():
        convolution.module.get_submodule("7").get_parameter("bias").sub_(100)
    assert (convolution.logits(images) < 0).all()
    torch.testing.assert_close(AblationCAM()(convolution, images, targets).maps, before, rtol=0, atol=2e-4)


def test_relu_keeps_the_support_only(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([0, 1, 2])
    assert AblationCAM()(convolution, images, targets).maps.min() < 0
    assert AblationCAM(relu=True)(convolution, images, targets).maps.min() >= 0


def test_an_earlier_layer_can_be_named(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([0, 1, 2])
    early = AblationCAM(layer="1")(convolution, images, targets).maps
    assert early.shape == (3, 32, 32)
    assert not torch.allclose(early, AblationCAM()(convolution, images, targets).maps)


class Reusing(nn.Module):
    """Its ReLU writes over what is added to its output: no pass can be cut open there."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.relu, self.head = nn.Conv2d(3, 5, 8, 8), nn.ReLU(inplace=True), nn.Linear(5, 5)

    def forward(self, images: Tensor) -> Tensor:
        given = self.first(images)
        logits: Tensor = self.head((self.relu(given) + given).mean(dim=(2, 3)))
        return logits


def test_whole_passes_where_a_network_cannot_be_cut_and_it_says_so(
    convolution: Classifier, images: Images, close: Close
) -> None:
    network = Reusing().eval()
    classifier = replace(convolution, predict=network, module=network, layer="relu")
    evidence = AblationCAM()(classifier, images, torch.tensor([0, 1, 2]))
    assert evidence.details["partial"].tolist() == [0, 0, 0]
    for number in range(3):
        close(evidence.maps[number], enlarged(slowly(classifier, images[number], number, in_grid)), 1e-5)


def test_channels_go_in_batches_and_progress_is_told(convolution: Classifier, images: Images) -> None:
    told: list[tuple[int, int]] = []
    settings = perturb.Execution(batch_size=1, progress=lambda done, whole: told.append((done, whole)))
    with perturb.execution(settings), perturb.metered() as meter:
        AblationCAM()(convolution, images, torch.tensor([0, 1, 2]))
    assert told[-1] == (36, 36)
    assert told == sorted(told)
    assert len(told) > 3  # 8 · 32² / (12 · 16²): two channels have the room of a picture
    assert meter.forward == 3 * (1 + 2 + 12) + 2


def test_reduced_precision_compares_like_with_like(convolution: Classifier, images: Images) -> None:
    targets = torch.tensor([0, 1, 2])
    exact = AblationCAM()(convolution, images, targets).maps
    with perturb.execution(perturb.Execution(precision="bfloat16")):
        reduced = AblationCAM()(convolution, images, targets).maps
    assert 0 < (reduced - exact).abs().max() < 0.1 * exact.abs().max()


def test_a_grid_that_is_computed_is_refused(convolution: Classifier, images: Images) -> None:
    def doubled(output: Tensor) -> Features:
        return 2 * output

    with pytest.raises(LayerError, match="to_grid that only chooses and reorders"):
        AblationCAM()(replace(convolution, to_grid=doubled), images, torch.tensor([0, 1, 2]))


def test_pytorch_grad_cam_agrees(
    compared: tuple[Classifier, Images, Targets],
    rival: Callable[..., Maps],
    stretched: Callable[[Method, Classifier, Images, Targets], Maps],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the target's logit is above 0; below, it divides by it as the paper does and shows the opposite."""
    package = pytest.importorskip("pytorch_grad_cam.ablation_cam")
    monkeypatch.setattr(package.tqdm, "tqdm", lambda steps: steps)
    classifier, images = compared[0], compared[1][:1]
    targets = classifier.logits(images).argmax(dim=1)
    expected = rival("AblationCAM", classifier, images, targets)
    found = stretched(AblationCAM(relu=True), classifier, images, targets)
    assert torch.allclose(found, expected, rtol=0, atol=1e-3)
