"""Sheets: everything on one adds up to the logit; worth and re-scoring after a person's changes."""

from dataclasses import replace

import pytest
import torch

from whylight.classifier import Classifier
from whylight.classifiers._concept_edits import Edits
from whylight.classifiers.infodisent import ConceptClassifier, post_hoc
from whylight.concepts.overview import worths
from whylight.concepts.prototypes import search
from whylight.concepts.rescoring import rescore
from whylight.concepts.sheet import box_of, gallery_in, sheet_of
from whylight.dataset import Dataset
from whylight.errors import ModelError
from whylight.nets.concept_basis import Basis
from whylight.nets.concepts import concept_head
from whylight.plots.concept_sheet import concept_sheet
from whylight.types import Images


@pytest.mark.parametrize("target", [None, 0, 4])
def test_what_is_on_a_sheet_adds_up_to_the_logit(
    concepts: ConceptClassifier, images: Images, target: int | None
) -> None:
    sheet = sheet_of(concepts, images[0], target, top=2)
    logits = concepts.logits(images[:1])[0]
    chosen = int(logits.argmax()) if target is None else target
    assert sheet.label == concepts.labels[chosen]
    assert sheet.logit == pytest.approx(logits[chosen].item(), abs=1e-5)
    assert sheet.total == pytest.approx(sheet.logit, abs=1e-4)
    assert sheet.rest == pytest.approx(0.0, abs=1e-4)
    order = [concepts.labels[each] for each in logits.argsort(descending=True).tolist() if each != chosen]
    assert [label for label, _ in sheet.rivals] == order[:3]
    assert len(sheet.supporting) <= 2
    assert all(line.adds > 0 for line in sheet.supporting)
    assert all(line.adds < 0 for line in sheet.opposing)


def test_a_line_shows_the_cell_and_the_prototypes(concepts: ConceptClassifier, images: Images, noise: Dataset) -> None:
    gallery = gallery_in(concepts, noise, search(concepts, noise), count=2)
    named = replace(concepts, edits=Edits().named(sheet_of(concepts, images[0]).supporting[0].concept, "a wheel"))
    first = sheet_of(named, images[0], gallery=gallery).supporting[0]
    assert first.title == "a wheel"
    assert first.heat.shape == (32, 32)
    assert 0 < first.heat.max() <= 1 + 1e-6
    left, top, right, bottom = first.box
    assert (right - left, bottom - top) == (2, 2)
    assert len(first.examples) == 2
    assert first.examples[0].pixels.shape == (32, 32, 3)
    assert box_of(1, 2, (4, 8), (32, 32)) == (8, 8, 12, 16)


def test_a_sheet_is_drawn(concepts: ConceptClassifier, images: Images, noise: Dataset) -> None:
    gallery = gallery_in(concepts, noise, search(concepts, noise))
    figure = concept_sheet(sheet_of(concepts, images[0], gallery=gallery, truth="bee"))
    words = " ".join(text.get_text() for axes in figure.axes for text in axes.texts)
    assert "The sum:" in words
    assert "exact but for rounding" in words


def test_other_networks_have_sheets_too(convolution: Classifier, transformer: Classifier, images: Images) -> None:
    for classifier in (convolution, transformer, post_hoc(convolution, Basis(12, None))):
        sheet = sheet_of(classifier, images[0])
        assert sheet.total == pytest.approx(sheet.logit, abs=1e-3)
        concept_sheet(sheet)


def test_a_labels_concepts_by_their_worth(concepts: ConceptClassifier, noise: Dataset) -> None:
    found = search(concepts, noise)
    known = worths(concepts, found)
    head = concept_head(concepts.module)
    assert head is not None
    weight = head[1].weights()
    assert len(known) == int((weight > 0).sum())
    for each in known:
        label = concepts.labels.index(each.label)
        assert each.worth == pytest.approx(
            (weight[label, each.concept] * found.magnitude[each.concept]).item(), abs=1e-5
        )
    ants = [each.worth for each in known if each.label == "ant"]
    assert ants == sorted(ants, reverse=True)


def test_other_networks_have_no_such_weights(convolution: Classifier) -> None:
    with pytest.raises(ModelError, match="has no weights of concepts"):
        worths(post_hoc(convolution, Basis(12, None)))


def test_changes_are_scored_before_and_after(concepts: ConceptClassifier, noise: Dataset) -> None:
    before = [
        int(concepts.logits(concepts.fit(noise[place].picture)[0][None]).argmax()) for place in range(12) if place != 2
    ]
    truth = [place % 5 for place in range(12) if place != 2]
    edits = Edits(off=frozenset(range(12)))
    scored = rescore(concepts, edits, noise)
    assert scored.pictures == 11
    assert scored.before == pytest.approx(sum(one == other for one, other in zip(before, truth)) / 11)
    assert scored.after == pytest.approx(truth.count(0) / 11)
    assert scored.changed == sum(one != 0 for one in before)
    assert scored.mended - scored.broken == round(11 * (scored.after - scored.before))
    assert sum(pictures for _, pictures, _, _ in scored.of_labels) == 11
    head = concept_head(concepts.module)
    assert head is not None
    assert torch.equal(head[1].on, torch.ones(12))
