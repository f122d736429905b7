import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from whylight import registry
from whylight.errors import SpecError
from whylight.methods.bridge.captum import Captum
from whylight.methods.cam.grad_cam import GradCAM
from whylight.methods.gradient.integrated_gradients import IntegratedGradients
from whylight.methods.gradient.smooth_grad import SmoothGrad
from whylight.methods.perturbation.occlusion import Occlusion


def test_every_file_is_a_part() -> None:
    folder = Path(registry.__file__).parent / "methods"
    files = {path.stem for path in folder.glob("*/*.py") if not path.name.startswith("_")}
    assert set(registry.names("methods")) == files
    assert list(registry.names("methods")) == sorted(files)


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from whylight import registry; "
        "[registry.summary('methods', name) for name in registry.names('methods')]; "
        "print([name for name in ('torch', 'numpy', 'captum', 'skimage') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603  # our own words
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", registry.names("methods"))
def test_every_part_has_a_summary(name: str) -> None:
    assert len(registry.summary("methods", name)) > 20


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("grad_cam", GradCAM()),
        ("grad_cam:layer=layer4,relu=TRUE", GradCAM("layer4", relu=True)),
        ("grad_cam:layer4", GradCAM("layer4")),
        ("grad_cam:layer=none", GradCAM(None)),
        ("occlusion:window=8,fill=blur", Occlusion(8, fill="blur")),
        ("integrated_gradients:steps=20,rule=riemann,baseline=white", IntegratedGradients(20, "riemann", "white")),
        ("integrated_gradients:20", IntegratedGradients(20)),
        ("smooth_grad:of=(occlusion:window=4,stride=2),noise=0.1", SmoothGrad(Occlusion(4, 2), noise=0.1)),
        ("smooth_grad:of=grad_cam", SmoothGrad(GradCAM())),
        ("captum:DeepLift(eps=1e-9)", Captum("DeepLift(eps=1e-9)")),
    ],
)
def test_text_becomes_a_part_and_plain_data_and_a_part_again(text: str, expected: object) -> None:
    part = registry.read("methods", text)
    assert part == expected
    assert registry.build("methods", json.loads(json.dumps(registry.describe(part)))) == expected


def test_a_part_is_described_with_the_parts_inside() -> None:
    assert registry.describe(SmoothGrad(GradCAM("x"), samples=3)) == {
        "name": "smooth_grad",
        "of": {"name": "grad_cam", "layer": "x", "relu": False},
        "samples": 3,
        "noise": 0.15,
        "seed": 0,
        "kind": "mean",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grad_kam", "there is no method 'grad_kam'; did you mean grad_cam, "),
        ("grad_cam:lair=x", "grad_cam has no setting 'lair'; it has layer, relu"),
        ("input_x_gradient:x=1", "input_x_gradient has no setting 'x'; it has none"),
        ("input_x_gradient:x", "input_x_gradient takes settings as key=value; got 'x'"),
        ("grad_cam:relu=maybe", "grad_cam:relu must be one of true, false; got 'maybe'"),
        ("occlusion:fill=rainbow", "occlusion:fill must be one of blur, mean, black, "),
        ("occlusion:window=big", "occlusion:window must be a whole number; got 'big'"),
        ("integrated_gradients:steps=1.5", "integrated_gradients:steps must be a whole number; got '1.5'"),
        ("smooth_grad:noise=loud", "smooth_grad:noise must be a number; got 'loud'"),
        ("smooth_grad:noise=nan", "smooth_grad:noise must be a number; got 'nan'"),
        ("smooth_grad:noise=inf", "smooth_grad:noise must be a number; got 'inf'"),
        ("smooth_grad:of=grad_kam", "there is no method 'grad_kam'"),
        ("grad_cam:layer=", "grad_cam:layer has no value behind its =; give one, or leave the setting out"),
        ("grad_cam:layer4,layer=3", "grad_cam takes settings as key=value; got 'layer4'"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, message: str) -> None:
    with pytest.raises(SpecError) as raised:
        registry.read("methods", text)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({}, "expected a part's name and settings, such as {'name': 'grad_cam'}; got {}"),
        ({"name": "grad_kam"}, "there is no method 'grad_kam'"),
        ({"name": "grad_cam", "lair": 1}, "grad_cam has no setting 'lair'"),
        ({"name": "grad_cam", "relu": 1}, "grad_cam:relu cannot be 1; `whylight list` shows what it can be"),
        ({"name": "grad_cam", "layer": 4}, "grad_cam:layer cannot be 4"),
        ({"name": "integrated_gradients", "steps": True}, "integrated_gradients:steps cannot be True"),
        ({"name": "integrated_gradients", "steps": "many"}, "integrated_gradients:steps cannot be 'many'"),
        ({"name": "integrated_gradients", "rule": "guess"}, "integrated_gradients:rule cannot be 'guess'"),
        ({"name": "smooth_grad", "of": "grad_cam"}, "smooth_grad:of cannot be 'grad_cam'"),
        ({"name": "smooth_grad", "of": {"name": "x"}}, "there is no method 'x'"),
    ],
)
def test_plain_data_that_fits_nothing_is_told(plain: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as raised:
        registry.build("methods", plain)
    assert str(raised.value).startswith(message)
