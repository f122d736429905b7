"""Settings behind a model's name are read by their kind, and a wrong one is said with what would be right."""

from pathlib import Path

import pytest

from whylight.classifiers._normalised import IMAGENET_MEAN, Preparation
from whylight.classifiers._settings import BLACK_BOX, ZOO, Settings, read_settings
from whylight.errors import SpecError
from whylight.frame import Resizing
from whylight.spec import parse


def test_every_kind() -> None:
    text = (
        "timm:x,weights=a b.safetensors,labels=l.txt,classes=7,version=V2,size=224x320,resize=256,interpolation=bicubic,"
        "mean=(0.1,0.2,0.3),std=(1,2,1),layer=blocks.3"
    )
    assert read_settings(parse(text), ZOO) == Settings(
        Path("a b.safetensors"),
        Path("l.txt"),
        7,
        "V2",
        (224, 320),
        256,
        "bicubic",
        (0.1, 0.2, 0.3),
        (1.0, 2.0, 1.0),
        "blocks.3",
    )


def test_other_spellings() -> None:
    assert read_settings(parse("timm:x,crop=288"), ZOO).size == (288, 288)
    assert read_settings(parse("onnx:x,mean=none,output=probability"), BLACK_BOX) == Settings(
        mean=(), output="probability"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("size=0", "timm:size must be a whole number above 0; got '0'"),
        ("size=big", "timm:size must be a whole number above 0; got 'big'"),
        ("size=1x2x3", "timm:size must be one side or heightxwidth, such as 224 or 224x320; got '1x2x3'"),
        ("classes=-3", "timm:classes must be a whole number above 0; got '-3'"),
        ("mean=(a,b)", r"timm:mean must be numbers between commas in brackets, or none; got 'a'"),
        ("mean=(0.5,0.5,0.5)", r"timm takes both mean= and std= or neither, .*got only mean= \(mean=none alone turns"),
        ("std=(0.5,0.5,0.5)", r"timm takes both mean= and std= or neither, .*got only std="),
        ("mean=none,std=(0.5,0.5,0.5)", r"timm takes both mean= and std= or neither"),
        ("interpolation=cubic", "timm:interpolation must be one of nearest, bilinear, bicubic, lanczos; got 'cubic'"),
        ("weigths=x", "timm has no setting 'weigths'; it has weights, labels, classes"),
    ],
)
def test_wrong_settings(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        read_settings(parse(f"timm:x,{text}"), ZOO)


def test_a_preparation_changes_where_something_was_said() -> None:
    plain = Preparation(Resizing((224, 224), 256))
    assert plain.changed(Settings()) == plain
    assert plain.changed(Settings(size=(448, 448))).resizing == Resizing((448, 448), 512)
    assert plain.changed(Settings(size=(448, 448), resize=448)).resizing == Resizing((448, 448), 448)
    assert plain.changed(Settings(mean=(0.5,), std=(0.5,))).resizing.channels == 1
    assert plain.changed(Settings(mean=())).mean == ()
    assert plain.mean == IMAGENET_MEAN
