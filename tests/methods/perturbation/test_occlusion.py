import pytest
import torch
from torch import Tensor

from whylight import perturb
from whylight.classifier import Classifier
from whylight.errors import MethodError
from whylight.frame import Resizing
from whylight.methods.perturbation.occlusion import Occlusion, corners
from whylight.nets.pixel_svm import PixelSVM
from whylight.nets.svm import SVM, Affine
from whylight.registry import read_method
from whylight.types import Images

TARGETS = torch.tensor([0, 1, 2])


def slowly(
    classifier: Classifier, image: Tensor, target: int, window: tuple[int, int], stride: tuple[int, int]
) -> Tensor:
    """The definition, window by window."""
    height, width = image.shape[-2:]
    whole = classifier.probabilities(image[None])[0, target]
    losses, cover = torch.zeros(height, width), torch.zeros(height, width)
    tops = sorted({*range(0, height - window[0] + 1, stride[0]), height - window[0]})
    lefts = sorted({*range(0, width - window[1] + 1, stride[1]), width - window[1]})
    for top in tops:
        for left in lefts:
            hidden = image.clone()
            hidden[:, top : top + window[0], left : left + window[1]] = 0.5
            loss = whole - classifier.probabilities(hidden[None])[0, target]
            losses[top : top + window[0], left : left + window[1]] += loss
            cover[top : top + window[0], left : left + window[1]] += 1
    return losses / cover


@pytest.mark.parametrize(("window", "stride"), [(8, 8), (8, 3), (5, 4), (32, 1), (7, 2)])
def test_the_map_is_the_mean_loss_of_the_windows_over_each_pixel(
    convolution: Classifier, images: Images, window: int, stride: int
) -> None:
    maps = Occlusion(window=window, stride=stride)(convolution, images, TARGETS).maps
    for row in range(3):
        expected = slowly(convolution, images[row], row, (window, window), (stride, stride))
        torch.testing.assert_close(maps[row], expected, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize(("window", "stride"), [(8, 8), (8, 4), (4, 2)])
def test_captum_gives_the_same_means(convolution: Classifier, images: Images, window: int, stride: int) -> None:
    """It divides by how many windows covered a pixel too; its windows are the same where they tile the side."""
    from captum.attr import Occlusion as Theirs

    theirs = Theirs(lambda given: convolution.predict(given).softmax(dim=1)).attribute(
        images,
        sliding_window_shapes=(3, window, window),
        strides=(3, stride, stride),
        baselines=0.5,
        target=TARGETS,
        perturbations_per_eval=4,
    )
    maps = Occlusion(window=window, stride=stride)(convolution, images, TARGETS).maps
    torch.testing.assert_close(maps, theirs[:, 0].detach(), atol=1e-6, rtol=1e-4)


def test_the_map_of_a_linear_logit_is_its_weight_with_its_negative_part() -> None:
    weights = torch.linspace(-1, 1, 64).reshape(8, 8)

    def predict(given: Tensor) -> Tensor:
        logit = (given.mean(dim=1) * weights).sum(dim=(1, 2))
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)

    classifier = Classifier("linear", ("a", "b"), predict)
    method = Occlusion(window=1, stride=1, fill="black", output="logit")
    maps = method(classifier, torch.ones(1, 3, 8, 8), torch.tensor([0])).maps
    torch.testing.assert_close(maps[0], weights, atol=1e-5, rtol=0)


def test_a_picture_that_is_not_square(convolution: Classifier) -> None:
    image = torch.rand(1, 3, 20, 33, generator=torch.Generator().manual_seed(1))
    maps = Occlusion(window=6, stride=5)(convolution, image, torch.tensor([1])).maps
    torch.testing.assert_close(maps[0], slowly(convolution, image[0], 1, (6, 6), (5, 5)), atol=1e-6, rtol=1e-4)


def test_a_picture_of_one_pixel() -> None:
    classifier = Classifier("one", ("a", "b"), lambda given: torch.cat([given.flatten(1), -given.flatten(1)], dim=1))
    maps = Occlusion(fill="black", output="logit")(classifier, torch.full((1, 1, 1, 1), 0.7), torch.tensor([1])).maps
    assert maps.flatten().tolist() == pytest.approx([-0.7])


def test_passes_are_one_a_window_and_one_more(convolution: Classifier, images: Images) -> None:
    with perturb.metered() as meter:
        Occlusion(window=8, stride=8)(convolution, images, TARGETS)
    assert meter.forward == 3 * (16 + 1)


def test_a_map_does_not_depend_on_its_batch(convolution: Classifier, images: Images) -> None:
    together = Occlusion()(convolution, images, TARGETS).maps
    alone = torch.cat([Occlusion()(convolution, images[i : i + 1], TARGETS[i : i + 1]).maps for i in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-4)


def test_windows_reach_the_border() -> None:
    assert corners(10, 4, 4).tolist() == [0, 4, 6]
    assert corners(8, 4, 4).tolist() == [0, 4]
    assert corners(5, 5, 1).tolist() == [0]


@pytest.mark.parametrize(
    ("method", "got"),
    [
        (Occlusion(window=33), "a window of 33 and a stride of 16"),
        (Occlusion(window=-1), "a window of -1 and a stride of 1"),
        (Occlusion(window=4, stride=-2), "a window of 4 and a stride of -2"),
        (Occlusion(window=4, stride=5), "a window of 4 and a stride of 5"),
        (Occlusion(stride=32), "a window of 4 and a stride of 32"),
    ],
)
def test_settings_out_of_range_are_refused_in_a_sentence(
    convolution: Classifier, images: Images, method: Occlusion, got: str
) -> None:
    expected = (
        "expected a window of 1 to 32 pixels and a stride of at least 1 and at most the window, so that every pixel"
    )
    with pytest.raises(MethodError, match=f"{expected} is covered; got {got}"):
        method(convolution, images, TARGETS)


def test_the_training_mean_can_be_the_fill() -> None:
    """One pixel a window and a linear score: the map is weight times distance from the mean picture."""
    weight = torch.tensor([[1.0, -2.0, 3.0, 4.0], [0.5, 1.0, -1.0, 0.0]], dtype=torch.float64)
    mean = torch.tensor([0.1, 0.2, 0.3, 0.4])
    network = PixelSVM(SVM(Affine(weight, torch.tensor([0.5, -1.0]))), (1, 2, 2), torch.zeros(4), mean).eval()
    classifier = Classifier("svm", ("a", "b"), network, network, resizing=Resizing((2, 2), channels=1))
    images = torch.tensor([[[[1.0, 0.0], [0.5, 0.4]]]])
    method = read_method("occlusion:window=1,stride=1,fill=training_mean,output=logit")
    maps = method(classifier, images, torch.tensor([0])).maps
    torch.testing.assert_close(maps, weight[0].float().reshape(1, 2, 2) * (images[:, 0] - mean.reshape(2, 2)))


def test_the_training_mean_has_to_be_known(convolution: Classifier, black_box: Classifier, images: Images) -> None:
    for classifier in (convolution, black_box):
        with pytest.raises(MethodError, match="the fill training_mean needs an SVM on pixels, as `whylight train svm"):
            Occlusion(fill="training_mean")(classifier, images, TARGETS)
