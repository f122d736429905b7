import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from whylight import perturb, registry
from whylight.classifier import Access, Classifier
from whylight.errors import LayerError, MethodError, MissingExtraError, SpecError
from whylight.explanation import explain
from whylight.frame import Resizing
from whylight.method import Method
from whylight.methods.bridge.captum import Captum
from whylight.methods.cam.grad_cam import GradCAM
from whylight.methods.gradient.input_x_gradient import InputXGradient
from whylight.methods.gradient.integrated_gradients import IntegratedGradients
from whylight.methods.gradient.saliency import Saliency
from whylight.methods.perturbation.occlusion import Occlusion
from whylight.segments import segment
from whylight.types import Images, Targets

Close = Callable[[Tensor, object, float], None]
TARGETS = torch.tensor([0, 1, 3])
WORKING = (
    "IntegratedGradients(n_steps=5)",
    "DeepLift",
    "DeepLiftShap",
    "InputXGradient",
    "Saliency",
    "GuidedBackprop",
    "Deconvolution",
    "GuidedGradCam",
    "FeatureAblation",
    "Occlusion",
    "ShapleyValueSampling(n_samples=2)",
    "Lime(n_samples=20)",
    "KernelShap(n_samples=20)",
    "LayerConductance(n_steps=5)",
    "LayerGradientXActivation",
    "LayerActivation",
    "InternalInfluence(n_steps=5)",
    "LayerGradCam",
    "LayerDeepLift",
    "LayerDeepLiftShap",
    "LayerGradientShap",
    "LayerIntegratedGradients(n_steps=5)",
    "GradientShap",
)


@pytest.fixture(autouse=True)
def _captum() -> None:
    pytest.importorskip("captum")


def hooks(network: nn.Module) -> list[Any]:
    return [vars(module) for module in network.modules() if module._forward_hooks or module._forward_pre_hooks]


@pytest.mark.parametrize("call", WORKING)
def test_classes_of_captum_explain_labels(convolution: Classifier, images: Images, call: str) -> None:
    assert convolution.module is not None
    before = {name: value.clone() for name, value in convolution.module.state_dict().items()}
    method = registry.read("methods", f"captum:{call}")
    evidence = explain(convolution, method, images, TARGETS).evidence
    assert evidence.maps.shape == (3, 32, 32)
    assert torch.isfinite(evidence.maps).all()
    assert not hooks(convolution.module)
    assert all(torch.equal(value, before[name]) for name, value in convolution.module.state_dict().items())


@pytest.mark.parametrize(
    ("call", "ours"),
    [
        ("Saliency()", Saliency()),
        ("InputXGradient()", InputXGradient()),
        ("IntegratedGradients(n_steps=20)", IntegratedGradients(20, most=20)),
        ("IntegratedGradients(n_steps=20, baselines='blur')", IntegratedGradients(20, baseline="blur", most=20)),
        ("IntegratedGradients(n_steps=20, baselines=1.0)", IntegratedGradients(20, baseline="white", most=20)),
        ("LayerGradCam()", GradCAM()),
        ("LayerGradCam(relu_attributions=True, layer='1')", GradCAM("1", relu=True)),
        (
            "Occlusion(sliding_window_shapes=(3,4,4), strides=(3,4,4))",
            Occlusion(window=4, stride=4, fill="black", output="logit"),
        ),
    ],
)
def test_our_own_methods_agree(convolution: Classifier, images: Images, close: Close, call: str, ours: Method) -> None:
    expected = ours(convolution, images, TARGETS).maps
    close(Captum(call)(convolution, images, TARGETS).maps, expected, 1e-4)


@pytest.mark.parametrize(
    "call",
    ["IntegratedGradients", "InputXGradient", "DeepLift", "FeatureAblation", "ShapleyValueSampling(n_samples=2)"],
)
def test_a_linear_classifier_in_closed_form(
    linear: Classifier, weights: Callable[[Targets], Tensor], small_images: Images, call: str
) -> None:
    """Against black every one of them shares out the sum of weight times pixel, by pixels or by segments."""
    maps = Captum(call)(linear, small_images, TARGETS).maps
    shares = (small_images * weights(TARGETS)).sum(dim=1)
    if call in ("IntegratedGradients", "InputXGradient", "DeepLift"):
        assert torch.allclose(maps, shares, atol=1e-5)
    else:
        for number, parts in enumerate(segment(small_images)):
            for part in parts.unique():
                whole = shares[number][parts == part].sum()
                assert torch.allclose(maps[number][parts == part], whole, atol=1e-4)


def test_completeness_comes_from_captums_own_residual(convolution: Classifier, images: Images, close: Close) -> None:
    ours = IntegratedGradients(3, most=3)(convolution, images, TARGETS).details["completeness"]
    close(Captum("IntegratedGradients(n_steps=3)")(convolution, images, TARGETS).details["completeness"], ours, 1e-2)
    assert "completeness" not in Captum("Saliency")(convolution, images, TARGETS).details


def test_transformers_lose_completeness_in_deeplift_and_that_is_flagged(
    transformer: Classifier, images: Images
) -> None:
    explanation = explain(transformer, Captum("DeepLift"), images)
    assert explanation.evidence.details["completeness"].min() > 0.3
    assert all("incomplete" in flags for flags in explanation.verdict.flags)


@pytest.mark.parametrize("call", ["Lime(n_samples=20)", "GradientShap", "KernelShap(n_samples=20)"])
def test_random_classes_follow_the_seed_and_no_other_state(transformer: Classifier, images: Images, call: str) -> None:
    first = Captum(call, seed=1)(transformer, images, TARGETS).maps
    torch.manual_seed(99)
    np.random.seed(99)
    before = torch.get_rng_state()
    assert torch.equal(first, Captum(call, seed=1)(transformer, images, TARGETS).maps)
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(first, Captum(call, seed=2)(transformer, images, TARGETS).maps)
    assert torch.equal(first[1:2], Captum(call, seed=1)(transformer, images[1:2], TARGETS[1:2]).maps)


@pytest.mark.parametrize(
    ("call", "access"),
    [("Saliency", Access.GRADIENTS), ("LayerGradCam", Access.FEATURES), ("Occlusion", Access.OUTPUTS)],
)
def test_each_class_needs_what_it_needs(call: str, access: Access) -> None:
    assert Captum(call).access_needed == access


@pytest.mark.parametrize("call", ["Occlusion", "FeatureAblation", "Lime(n_samples=20)", "KernelShap(n_samples=20)"])
def test_black_boxes_are_explained_by_taking_pixels_away(
    black_box: Classifier, convolution: Classifier, images: Images, call: str
) -> None:
    found = explain(black_box, Captum(call), images, TARGETS).maps
    assert torch.allclose(found, Captum(call)(convolution, images, TARGETS).maps, atol=1e-6)


def test_passes_are_counted(convolution: Classifier, images: Images) -> None:
    with perturb.metered() as meter:
        Captum("Saliency")(convolution, images, TARGETS)
    assert (meter.forward, meter.backward) == (3, 3)


def test_steps_go_through_in_batches_that_fit(convolution: Classifier, images: Images) -> None:
    rows: list[int] = []

    def predict(pictures: Images) -> Tensor:
        rows.append(len(pictures))
        return convolution.predict(pictures)

    watched = Classifier("watched", convolution.labels, predict, convolution.module, "4")
    with perturb.execution(perturb.Execution(batch_size=8)):
        Captum("IntegratedGradients(n_steps=50)")(watched, images, TARGETS)
    assert max(rows) <= 8


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("Nonsense(", "expected captum:NAME(setting=value, …) as in captum:IntegratedGradients(n_steps=20); got"),
        ("", "expected captum:NAME(setting=value, …)"),
        ("Saliency(True)", "expected captum:NAME(setting=value, …)"),
        ("captum.attr.Saliency()", "expected captum:NAME(setting=value, …)"),
        (
            "Saliency(abs=print())",
            "abs of 'Saliency(abs=print())' must be a number, 'text', True, False, None or a tuple",
        ),
        ("Saliency(**{})", "expected captum:NAME(setting=value, …)"),
    ],
)
def test_what_is_no_plain_call_is_refused(call: str, message: str) -> None:
    with pytest.raises(SpecError) as raised:
        Captum(call)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("IntegratedGradient", "captum.attr has no class 'IntegratedGradient' that explains a label; did you mean"),
        ("NeuronGradient", "captum.attr has no class 'NeuronGradient' that explains a label"),
        ("LLMAttribution", "captum.attr has no class 'LLMAttribution' that explains a label"),
        ("NoiseTunnel", "this class of captum is not offered: smooth_grad:of=(captum:NAME(...)) does the same"),
        ("FeaturePermutation", "it mixes the pictures of a batch"),
        ("ShapleyValues", "it tries every order of the segments"),
        ("Saliency(steps=5)", "captum's Saliency has no setting 'steps' that can be given here; it has abs"),
        ("LRP", "captum's LRP cannot explain convolution: Module of type"),
        ("KernelShap(n_samples=0)", "captum's KernelShap expects n_samples to be a whole number of at least 1; got 0"),
        ("IntegratedGradients(n_steps=-2)", "captum's IntegratedGradients expects n_steps to be a whole number of"),
        ("Occlusion(perturbations_per_eval=0.5)", "expects perturbations_per_eval to be a whole number of at least 1"),
        ("IntegratedGradients(method='guess')", "captum's IntegratedGradients cannot explain convolution"),
        ("IntegratedGradients(baselines='rainbow')", "fill must be one of blur, mean, black"),
    ],
)
def test_what_cannot_work_is_told_in_a_sentence(
    convolution: Classifier, images: Images, call: str, message: str
) -> None:
    with pytest.raises(MethodError) as raised:
        explain(convolution, Captum(call), images)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert convolution.module is not None
    assert not hooks(convolution.module)


def test_an_unknown_layer_is_told(convolution: Classifier, images: Images) -> None:
    with pytest.raises(LayerError, match="has no layer 'layer9'"):
        Captum("LayerGradCam(layer='layer9')")(convolution, images, TARGETS)


def test_layers_whose_channels_come_last_are_refused(transformer: Classifier, images: Images) -> None:
    with pytest.raises(
        MethodError, match="takes a layer's second axis for its channels, which it is not in transformer"
    ):
        Captum("LayerGradCam")(transformer, images, TARGETS)


def test_silent_fallbacks_to_the_gradient_are_refused(transformer: Classifier, images: Images) -> None:
    with pytest.raises(MethodError, match="changes the gradient of ReLU layers, and transformer has none"):
        Captum("GuidedBackprop")(transformer, images, TARGETS)


def test_hooks_that_captum_leaves_behind_are_removed(images: Images) -> None:
    """A ReLU that is used twice makes DeepLift fail with its hooks set."""
    relu = nn.ReLU()
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), relu, nn.Conv2d(4, 4, 3), relu, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)
    ).eval()
    reused = Classifier("reused", tuple("abcde"), network, network, "2", resizing=Resizing((32, 32), None))
    before = [dict(vars(module)) for module in network.modules()]
    with pytest.raises(MethodError, match="captum's DeepLift cannot explain reused"):
        Captum("DeepLift")(reused, images, TARGETS)
    assert not hooks(network)
    assert [set(vars(module)) for module in network.modules()] == [set(each) for each in before]


def test_a_missing_captum_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(MissingExtraError) as raised:
        _ = Captum("Saliency").access_needed
    assert str(raised.value) == (
        "the method captum:Saliency needs the package captum, which is not installed; "
        "`pip install 'whylight[captum]'` installs it"
    )


def test_the_command_lines_spelling() -> None:
    assert registry.read("methods", "captum:IntegratedGradients(n_steps=20)") == Captum(
        "IntegratedGradients(n_steps=20)"
    )
    assert registry.read("methods", "captum:call=Lime(n_samples=5),seed=3") == Captum("Lime(n_samples=5)", 3)
    inside = registry.read("methods", "smooth_grad:of=(captum:Saliency(abs=True)),samples=4")
    assert inside.of == Captum("Saliency(abs=True)")


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(
    "call",
    ["DeepLift", "LayerGradCam", "GuidedGradCam", "Occlusion(sliding_window_shapes=(3,56,56), strides=(3,56,56))"],
)
def test_a_real_network_is_explained(real: Callable[[str], tuple[Classifier, Images, Targets]], call: str) -> None:
    classifier, images, targets = real("squeezenet1_1")
    assert classifier.module is not None
    before = {name: value.clone() for name, value in classifier.module.state_dict().items()}
    maps = Captum(call)(classifier, images[:1], targets[:1]).maps
    assert maps.shape == (1, 224, 224)
    assert torch.isfinite(maps).all()
    assert maps.abs().max() > 0
    assert not hooks(classifier.module)
    assert all(torch.equal(value, before[name]) for name, value in classifier.module.state_dict().items())


def test_the_largest_seed_is_a_seed_too(convolution: Classifier, images: Images) -> None:
    first, again, other = (
        Captum("ShapleyValueSampling(n_samples=1)", seed)(convolution, images[:1], TARGETS[:1]).maps
        for seed in (2**64 - 1, 2**64 - 1, 0)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
