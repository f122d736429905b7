import contextlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whylight.errors import SpecError
from whylight.methods.cam.grad_cam import GradCAM
from whylight.spec import Spec, name_of, parse, split, strip_brackets

WORDS = st.text("abcdefghij_", min_size=1, max_size=8).filter(str.isidentifier)
VALUES = st.text("abc012.-/ '", min_size=1, max_size=8).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("grad_cam", Spec("grad_cam", None, {})),
        ("grad_cam:", Spec("grad_cam", None, {})),
        ("timm:resnet18", Spec("timm", "resnet18", {})),
        (
            "torchvision:resnet18,weights=a b.safetensors",
            Spec("torchvision", "resnet18", {"weights": "a b.safetensors"}),
        ),
        (" rise : samples = 500 , cells=7", Spec("rise", None, {"samples": "500", "cells": "7"})),
        ("onnx:C:/nets/my.onnx", Spec("onnx", "C:/nets/my.onnx", {})),
        ("captum:IntegratedGradients(n_steps=20)", Spec("captum", "IntegratedGradients(n_steps=20)", {})),
        (
            "captum:Occlusion(strides=(3,4,4), x=1),seed=2",
            Spec("captum", "Occlusion(strides=(3,4,4), x=1)", {"seed": "2"}),
        ),
        (
            "smooth_grad:of=(grad_cam:layer=layer4,relu=true),samples=20",
            Spec("smooth_grad", None, {"of": "grad_cam:layer=layer4,relu=true", "samples": "20"}),
        ),
        (
            "smooth_grad:of=(smooth_grad:of=(saliency)),samples=2",
            Spec("smooth_grad", None, {"of": "smooth_grad:of=(saliency)", "samples": "2"}),
        ),
    ],
)
def test_descriptions_are_read(text: str, expected: Spec) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected name:key=value,key=value; got ''"),
        (":samples=3", "expected name:key=value,key=value; got ':samples=3'"),
        ("rise:samples=3,500", "expected key=value after the first comma of 'rise:samples=3,500'; got '500'"),
        ("rise:samples=3,samples=4", "'samples' is given twice in 'rise:samples=3,samples=4'"),
        ("smooth_grad:of=(saliency", "the brackets of 'of=(saliency' do not match"),
        ("smooth_grad:of=saliency)", "the brackets of 'of=saliency)' do not match"),
        ("smooth_grad:of=(saliency]", "the brackets of 'of=(saliency]' do not match"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, message: str) -> None:
    with pytest.raises(SpecError) as raised:
        parse(text)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "expected"), [("(a)", "a"), ("(a)(b)", "(a)(b)"), ("((a))", "(a)"), ("a", "a"), ("(3,4", "(3,4")]
)
def test_only_brackets_around_the_whole_are_taken_off(text: str, expected: str) -> None:
    assert strip_brackets(text) == expected


def test_an_empty_text_has_no_pieces() -> None:
    assert split("") == []
    assert split(" ") == []


@given(name=WORDS, settings=st.dictionaries(WORDS, VALUES, max_size=4))
def test_what_is_written_is_read_back(name: str, settings: dict[str, str]) -> None:
    text = f"{name}:" + ",".join(f"{key}={value}" for key, value in settings.items())
    assert parse(text) == Spec(name, None, settings)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SpecError):
        assert parse(text).name


@dataclass(frozen=True)
class OnesOwn:
    """A part that no file of whylight defines."""


def test_the_name_of_a_part_is_its_files_or_its_classs() -> None:
    assert name_of(GradCAM()) == "grad_cam"
    assert name_of(OnesOwn()) == "OnesOwn"
