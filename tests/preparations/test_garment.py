"""Any picture of a garment comes out in the form of Fashion-MNIST, and a map on it finds its way back."""

from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from whylight.classifier import Classifier
from whylight.errors import PictureError
from whylight.frame import Resizing
from whylight.preparation import Prepared, doubts_about
from whylight.preparations.garment import Garment

BACKGROUNDS = {"light": (240, 238, 232), "dark": (22, 20, 30), "coloured": (60, 120, 190)}
LABELS = ("shirt", "boot", "bag")
BODY = (110, 60, 230, 300)
"""The garment of the drawn photos: (left, top, right, bottom)."""


def drawn(background: str, colour: tuple[int, int, int] = (150, 40, 50)) -> Image.Image:
    """A T-shirt of one colour, with a little noise."""
    photo = Image.new("RGB", (340, 380), BACKGROUNDS[background])
    pen = ImageDraw.Draw(photo)
    pen.rectangle((BODY[0], BODY[1], BODY[2] - 1, BODY[3] - 1), fill=colour)
    pen.rectangle((70, 60, 269, 119), fill=colour)
    noise = np.random.default_rng(0).normal(0, 3, (380, 340, 3))
    return Image.fromarray((np.asarray(photo) + noise).clip(0, 255).astype(np.uint8))


def shirt() -> NDArray[np.bool_]:
    mask = np.zeros((380, 340), dtype=bool)
    mask[60:300, 110:230] = True
    mask[60:120, 70:270] = True
    return mask


@cache
def plain(background: str) -> Prepared:
    """Prepared once for all tests that only look at it."""
    return Garment()(drawn(background))


def step(prepared: Prepared, name: str) -> NDArray[np.uint8]:
    return np.asarray(next(each.picture for each in prepared.steps if each.name == name))


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_the_mask_is_the_garment_on_any_plain_background(background: str) -> None:
    prepared = plain(background)
    mask, truth = step(prepared, "mask") > 127, shirt()
    assert (mask & truth).sum() / (mask | truth).sum() > 0.97
    assert prepared.warnings == ()
    assert prepared.numbers["area"] == pytest.approx(truth.mean(), rel=0.03)
    assert prepared.numbers["sides_touched"] == 0


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_the_result_is_bright_on_black_centred_and_touches_two_sides(background: str) -> None:
    form = np.asarray(plain(background).picture)
    assert form.shape == (28, 28)
    assert form.max() == 255
    assert (form[:, :2] < 10).all()
    assert (form[:, -2:] < 10).all()  # 200 × 240 pixels become 23 × 28
    assert form[0].max() > 100
    assert form[-1].max() > 100
    assert np.abs(form[2:26, 8:20].astype(int) - 240).max() < 30
    assert np.abs(form.astype(int) - form[:, ::-1].astype(int))[:, 1:].mean() < 25


def test_a_gradient_is_background() -> None:
    photo = np.asarray(drawn("light")).astype(float)
    darker = np.linspace(0, 110, 380)[:, None, None] * np.ones((1, 340, 1))
    pixels = np.where(shirt()[..., None], photo, photo - darker).clip(0, 255).astype(np.uint8)
    prepared = Garment()(Image.fromarray(pixels))
    mask = step(prepared, "mask") > 127
    assert (mask & shirt()).sum() / (mask | shirt()).sum() > 0.95
    assert prepared.warnings == ()


def test_dark_garments_become_bright_and_light_ones_dark() -> None:
    """As in the set, whose photos were negated: what counts is the lightness beside the print."""
    photo = drawn("coloured", (235, 235, 235))
    ImageDraw.Draw(photo).rectangle((140, 150, 199, 199), fill=(10, 10, 10))
    form = np.asarray(Garment()(photo).picture).astype(int)
    kept = np.asarray(Garment(levels="positive")(photo).picture).astype(int)
    print_rows, print_columns = slice(12, 15), slice(12, 16)
    assert form[print_rows, print_columns].min() > 200
    assert form[20:25, 11:17].max() < 60
    assert kept[print_rows, print_columns].max() < 40
    assert kept[20:25, 11:17].min() > 220


def test_what_is_in_the_form_already_passes_unchanged() -> None:
    form = plain("light").picture
    for given in (form, form.convert("RGB")):
        again = Garment()(given)
        assert np.array_equal(np.asarray(again.picture), np.asarray(form))
        assert again.frame.whole
        assert [each.name for each in again.steps] == ["28 × 28"]


def test_an_enlarged_negative_is_not_negated_again() -> None:
    form = plain("light").picture
    large = form.resize((280, 280), Image.Resampling.BICUBIC)
    again = np.asarray(Garment()(large).picture).astype(int)
    assert np.corrcoef(again.ravel(), np.asarray(form).astype(int).ravel())[0, 1] > 0.95


def test_transparency_is_the_background() -> None:
    photo = drawn("light").convert("RGBA")
    photo.putalpha(Image.fromarray((255 * shirt()).astype(np.uint8)))
    prepared = Garment()(photo)
    assert np.array_equal(step(prepared, "mask") > 127, shirt())
    assert prepared.warnings == ()


def test_a_frame_around_the_picture_is_no_background() -> None:
    framed = ImageOps.expand(drawn("light"), 8, "black")
    mask = step(Garment()(framed), "mask")[8:-8, 8:-8] > 127
    assert (mask & shirt()).sum() / (mask | shirt()).sum() > 0.95


@pytest.mark.parametrize("scale", [1, 4])
def test_a_map_lands_where_the_garment_is(scale: int) -> None:
    photo = drawn("light")
    photo = photo.resize((photo.width * scale, photo.height * scale))
    prepared = Garment()(photo)
    assert prepared.frame.size == (photo.height, photo.width)
    left, top, right, bottom = (edge / scale for edge in prepared.frame.box)
    assert top == pytest.approx(60, abs=5)
    assert bottom == pytest.approx(300, abs=5)
    assert (left + right) / 2 == pytest.approx(170, abs=6)  # whole pixels of the margin at both sides
    laid = prepared.frame.to_picture(torch.from_numpy(np.asarray(prepared.picture).copy()).float())
    truth = np.asarray(Image.fromarray(shirt()).resize(photo.size))
    assert laid.shape == truth.shape
    assert ((laid.numpy() > 60) & truth).sum() / ((laid.numpy() > 60) | truth).sum() > 0.9


def test_a_tight_picture_is_seen_beyond_its_sides() -> None:
    """Tall and narrow: the margin beside it lies outside of the photo, and a map is cut there."""
    prepared = Garment()(drawn("light").crop((60, 50, 280, 310)).resize((110, 260)))
    left, _, right, _ = prepared.frame.box
    assert left < 0
    assert right > 110
    laid = prepared.frame.to_picture(torch.arange(28.0).repeat(28, 1))
    assert laid.shape == (260, 110)
    assert laid[130, 0] > 5
    assert laid[130, -1] < 23


def test_the_classifiers_frame_is_composed() -> None:
    classifier = Classifier(
        "any", LABELS, lambda images: images.mean(dim=(2, 3)), resizing=Resizing((56, 56), None, channels=1)
    )
    prepared = plain("light")
    image, frame = prepared.fit(classifier)
    assert image.shape == (1, 56, 56)
    assert frame.size == prepared.frame.size
    assert frame.box == pytest.approx(prepared.frame.box)


def test_nothing_in_the_picture_is_an_error_or_a_warning() -> None:
    with pytest.raises(PictureError, match="got one of a single colour"):
        Garment()(Image.new("RGB", (200, 200), "beige"))
    with pytest.raises(PictureError, match="at least 16 pixels"):
        Garment()(Image.new("RGB", (9, 200)))
    noise = Image.fromarray(np.random.default_rng(0).integers(100, 140, (200, 200, 3), dtype=np.uint8))
    assert any("nothing stands out" in warning for warning in Garment()(noise).warnings)


def test_doubtful_photos_are_warned_of() -> None:
    cut = Garment()(drawn("light").crop((0, 0, 340, 200)))
    assert any("reaches 1 side" in warning for warning in cut.warnings)
    two = Image.new("RGB", (680, 380), BACKGROUNDS["light"])
    two.paste(drawn("light"), (0, 0))
    two.paste(drawn("light"), (340, 0))
    assert any("several things" in warning for warning in Garment()(two).warnings)
    mixed = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    crowd = Image.fromarray(mixed).resize((360, 360), Image.Resampling.NEAREST)
    assert any("no clear background" in warning for warning in Garment()(crowd).warnings)


def test_an_undecided_classifier_is_doubted() -> None:
    prepared = plain("light")
    assert doubts_about(torch.tensor([0.9, 0.05, 0.05]), LABELS, prepared) == ()
    (doubt,) = doubts_about(torch.tensor([0.15, 0.45, 0.4]), LABELS, prepared)
    assert doubt == "the classifier is undecided (boot 45%, bag 40%)"
    assert doubts_about(torch.tensor([0.55, 0.42, 0.03]), LABELS, prepared) != ()
