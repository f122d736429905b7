"""The page of the manual that ``benchmarks/fashion.py`` writes: accuracies, labels, masks; maps: ``_fashion_maps``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from _fashion_maps import centre_table, label_table, pair_table, tests_table
from _fashion_numbers import Groups, Measured, accuracies, each, interval, percent, read_groups, report
from _fashion_published import ACCURACY, CNN_SVM, SVM_MASK, Row
from _fashion_short import short
from _pages import table

from whylight.plots.mask_sizes import mask_sizes_figure

WORDS = Path(__file__).parent / "fashion.words.md"
WHAT = {
    "small_cnn": "the source's CNN (`small_cnn`)",
    "small_cnn_whole": "… with the lines that its listing has commented out (`small_cnn:hidden=64`)",
    "deeper_cnn": "the source's network under its SVM (`deeper_cnn:pools=4`)",
    "deeper_svm": "… with a linear SVM on its features",
    "fashion_cnn": "a better small CNN (`fashion_cnn`)",
    "svm_none": "… with a linear SVM on its features",
    "svm_standard": "… on its standardised features",
    "svm_l2": "… on its features of unit length",
    "svm_end_to_end": "… trained on with the loss of a linear SVM",
    "pixels": "RBF SVM on all pixels",
    "masked": "RBF SVM on the half of the pixels that the CNN's CAM marks",
}
"""Rows of the first table."""
IN_FULL = {
    "deeper_svm": "a linear SVM on the features of the source's network",
    "svm_none": "a linear SVM on the features of our CNN",
    "svm_standard": "a linear SVM on standardised features of our CNN",
    "svm_l2": "a linear SVM on features of unit length of our CNN",
    "svm_end_to_end": "our CNN trained on with the loss of a linear SVM",
}
"""What rows that go on from the one before are called elsewhere."""
OTHERS = {
    "masks": "SVMs that see a share of the pixels, with controls",
    "masks_self": "the same with masks of the SVM's own",
    "maps": "maps of CNN and CNN + SVM",
    "maps_of_pixels": "maps of CNN and SVM on pixels",
}
SHOWN = {"map": "CAM of the CNN", "shape": "its shape alone", "shuffled": "another picture's", "random": "random"}
IMAGES = {"masks": "fashion-masks.png", "masks_self": "fashion-masks-self.png"}


def write_page(results: Path, docs: Path) -> None:
    """``fashion.md`` and its figures in the folder of the manual; a section that nothing was measured for is left out, and
    the page says what is missing."""
    groups = read_groups(results)
    values = {
        "about": about_words(results),
        "missing": missing(groups),
        "short": short(groups),
        "accuracy": accuracy_table(groups),
        "labels_svm": labels_table({"source": CNN_SVM} | reports(groups, "deeper_svm", "svm_standard")),
        "labels_mask": labels_table({"source": SVM_MASK} | reports(groups, "masked")),
        "preparations": preparation_table(groups),
        "masks": masks_table(groups),
        "mask_labels": mask_labels_table(groups.get("masks", [])),
        "pairs": pair_table(groups.get("maps", [])),
        "centre": centre_table(groups.get("maps", [])),
        "tests": tests_table(groups.get("maps", [])),
        "map_labels": label_table(groups.get("maps", [])),
        "pairs_of_pixels": pair_table(groups.get("maps_of_pixels", [])),
        "centre_of_pixels": centre_table(groups.get("maps_of_pixels", [])),
        **draw(groups, docs / "images"),
    }
    (docs / "fashion.md").write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words with their values; paragraphs whose value is empty are left out with what introduces them, and sections
    that have no others."""
    sections = words.split("\n## ")
    kept = []
    for section in sections:
        marks = [name for name in values if f"[[{name}]]" in section]
        if not marks or any(values[name] for name in marks):
            kept.append(section)
    text = "\n## ".join(kept)
    for name, value in values.items():
        text = text.replace(f"[[{name}]]", value.strip()) if value else without(text, f"[[{name}]]")
    return text.rstrip() + "\n"


def without(text: str, mark: str) -> str:
    """The text without the paragraph that is a mark, and the one before it where that ends in a colon; within a paragraph
    the mark alone goes."""
    kept: list[str] = []
    for paragraph in text.split("\n\n"):
        if paragraph != mark:
            kept.append(paragraph.replace(f" {mark}", ""))
        elif kept and kept[-1].endswith(":"):
            kept.pop()
    return "\n\n".join(kept)


def about_words(results: Path) -> str:
    """On what it was measured."""
    path = results / "about.json"
    if not path.exists():
        return ""
    found = json.loads(path.read_text(encoding="utf-8"))
    return f"{found['machine']}, one thread a process; torch {found['torch']}, scikit-learn {found['scikit-learn']}."


def missing(groups: Groups) -> str:
    """What was not measured."""
    lacking = [words for group, words in (WHAT | IN_FULL | OTHERS).items() if group not in groups]
    return f"**Not measured yet**: {'; '.join(lacking)}." if lacking else ""


def accuracy_table(groups: Groups) -> str:
    """A row for each thing that was trained."""
    head = ["", "parameters", "test", "each seed", "95 % of the first", "validation", "published", "minutes"]
    rows = []
    for group, words in WHAT.items():
        runs = groups.get(group, [])
        tested = accuracies(runs, "test")
        if tested:
            cells = [percent(tested), each(tested), interval(runs[0].score("test"))]
            checked = percent(accuracies(runs, "validation"))
            minutes = sum(run.minutes for run in runs) / len(runs)
            published = ACCURACY.get(group, "–")
            rows.append([words, size(groups, runs[0]), *cells, checked, published, f"{minutes:.1f}"])
    return table(head, rows)


def size(groups: Groups, run: Measured) -> str:
    """How many numbers were learnt: a linear SVM has as many as the last layer that it stands for."""
    if "parameters" in run.answers:
        return f"{run.answers['parameters']:,}"
    network = {"deeper_svm": "deeper_cnn"}.get(run.group, "fashion_cnn")
    if run.group.startswith(("svm_", "deeper_")) and network in groups:
        return f"{groups[network][0].answers['parameters']:,}"
    vectors = run.answers.get("support_vectors")
    return f"{vectors:,} support vectors" if vectors else "–"


def reports(groups: Groups, *names: str) -> dict[str, dict[str, Row]]:
    """Precision, recall and F1 of the groups that are there."""
    heads = {"deeper_svm": "its network", "svm_standard": "ours", "masked": "ours"}
    return {heads[name]: report(groups[name]) for name in names if name in groups}


def labels_table(columns: Mapping[str, Mapping[str, Row]]) -> str:
    """Label by label, the source's numbers first; empty when there is nothing beside them."""
    if len(columns) < 2:
        return ""
    head = ["label", *(f"{what}, {who}" for what in ("precision", "recall", "F1") for who in columns)]
    rows = [
        [label, *(f"{found[label][place]:.2f}" for place in range(3) for found in columns.values())]
        for label in next(iter(columns.values()))
    ]
    means = [
        f"{sum(row[place] for row in found.values()) / len(found):.3f}"
        for place in range(3)
        for found in columns.values()
    ]
    return table(head, [*rows, ["mean", *means]])


def preparation_table(groups: Groups) -> str:
    """The ways to put an SVM on the features, beside the network's own last layer."""
    head = ["last layer", "C that was chosen", "validation", "test", "each seed"]
    rows = []
    for group in ("fashion_cnn", "svm_none", "svm_standard", "svm_l2", "svm_end_to_end"):
        if tested := accuracies(groups.get(group, []), "test"):
            costs = ", ".join(f"{run.answers['c']:g}" for run in groups[group] if "c" in run.answers) or "–"
            name = "the CNN's own" if group == "fashion_cnn" else IN_FULL[group]
            rows.append([name, costs, percent(accuracies(groups[group], "validation")), percent(tested), each(tested)])
    return table(head, rows) if len(rows) > 1 else ""


def masks_table(groups: Groups) -> str:
    """Accuracy against the share of the pixels that is kept."""
    network, own = groups.get("masks", []), groups.get("masks_self", [])
    shares = sorted({row["keep"] for run in (*network, *own) for row in run.answers["masks"]})
    head = ["pixels kept", *SHOWN.values(), "its validation", "the SVM's own weight map"]
    rows = []
    for keep in shares:
        found, themselves = mask_row(network, keep), mask_row(own, keep)
        cells = [accuracy_of(found["scores"].get(name)) for name in SHOWN]
        rows.append(
            [
                f"{100 * keep:g} %",
                *cells,
                accuracy_of(found["validation"]),
                accuracy_of(themselves["scores"].get("map")),
            ]
        )
    return table(head, rows)


def mask_row(runs: Sequence[Measured], keep: float) -> dict[str, Any]:
    """The scores of one share; empty ones where it was not measured."""
    found = [row for run in runs for row in run.answers["masks"] if row["keep"] == keep]
    return found[0] if found else {"scores": {}, "validation": {}}


def accuracy_of(score: Mapping[str, float] | None) -> str:
    return f"{100 * score['accuracy']:.1f}" if score else "–"


def mask_labels_table(runs: Sequence[Measured]) -> str:
    """The share of each label's pictures that is named rightly, against the share of the pixels."""
    if not runs:
        return ""
    rows = runs[0].answers["masks"]
    scores = [row["scores"]["map"]["of_labels"] for row in rows]
    head = ["label", *(f"{100 * row['keep']:g} %" for row in rows)]
    return table(head, [[label, *(f"{100 * score[label]:.1f}" for score in scores)] for label in scores[0]])


def draw(groups: Groups, images: Path) -> dict[str, str]:
    """Accuracy against the share of the pixels; the figures as they stand on the page."""
    titles = {"masks": "pixels kept by the CAM of the CNN", "masks_self": "pixels kept by the SVM's own weight map"}
    drawn = {}
    for group, name in IMAGES.items():
        runs = groups.get(group, [])
        drawn[f"figure_{group}"] = (
            f"![Accuracy against the share of the pixels: {titles[group]}](images/{name})" if runs else ""
        )
        if runs:
            masks = runs[0].answers["masks"]
            count = sum(sum(runs[0].answers["data"][side].values()) for side in ("training", "validation"))
            figure = mask_sizes_figure(
                [(row["keep"], row["scores"]) for row in masks],
                title="Accuracy of an SVM that sees a part of each picture",
                note=f"Fashion-MNIST, {titles[group]}; fitted to {count:,} pictures, scored on the test pictures",
            )
            figure.savefig(images / name)
    return drawn
