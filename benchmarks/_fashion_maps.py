"""How alike the maps of the models are, as ``whylight compare`` found it: tables of the page on Fashion-MNIST."""

from collections.abc import Sequence
from typing import Any

from _fashion_numbers import Measured
from _pages import table

from whylight.plots.scores import hundredths
from whylight.report.comparison_words import IN_SHORT, p_value

NAMES = {
    "fashion_cnn.0": "CNN",
    "fashion_cnn.1": "CNN from another seed",
    "svm_standard.0": "CNN + SVM",
    "svm_none.0": "CNN + SVM, raw features",
    "svm_end_to_end.0": "CNN trained on with the SVM's loss",
    "small_cnn.0": "the source's CNN",
    "masks.0/keep-100": "SVM on pixels",
    "masks.0/keep-50": "SVM on half of the pixels",
}
"""What the page calls a model, by the folder that it lies in."""
OTHERS = {"pearson": "Pearson", "ssim": "SSIM", "top_supporting": "top tenth", "emd": "moved"}
"""Other similarities, as they head a column."""

Row = dict[str, Any]


def names_of(answers: Row) -> dict[str, str]:
    """Our names of the models, by those that the comparison gave them."""
    ours = [next((name for key, name in NAMES.items() if key in model), model) for model in answers["plan"]["models"]]
    return dict(zip(answers["agreement"]["names"], ours, strict=True))


def pair_of(answers: Row, first: str, second: str) -> Row | None:
    """The numbers of two models by our names."""
    names = names_of(answers)
    wanted = {first, second}
    return next((pair for pair in answers["pairs"] if {names[pair["first"]], names[pair["second"]]} == wanted), None)


def interval(row: Row) -> str:
    """The mean with its interval."""
    mean, low, high = (hundredths(known(row[key])) for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def known(value: float | None) -> float:
    """A number, NaN for null."""
    return float("nan") if value is None else value


def pair_table(runs: Sequence[Measured]) -> str:
    """Every two models, those that are most alike first: rank correlation with its levels of chance, then the others'
    means, with chance behind."""
    if not runs:
        return ""
    answers = runs[0].answers
    names, found = names_of(answers), answers["agreement"]["similarities"]
    order = answers["agreement"]["names"]
    head = ["pair", "says", "rank correlation", "by chance", "in a class", "way from chance", *OTHERS.values()]
    rows = []
    for pair in answers["pairs"]:
        place = order.index(pair["first"]), order.index(pair["second"])
        levels = [hundredths(known(pair[key])) for key in ("chance", "class_chance", "beyond")]
        means = [[known(found[name][key][place[0]][place[1]]) for key in ("mean", "chance")] for name in OTHERS]
        others = [f"{hundredths(mean)} ({hundredths(chance)})" for mean, chance in means]
        who = f"{names[pair['first']]} and {names[pair['second']]}"
        rows.append([who, IN_SHORT[pair["conclusion"]], interval(pair), *levels, *others])
    return table(head, rows, words=2)


def centre_table(runs: Sequence[Measured]) -> str:
    """Each model's maps beside each other, picture by picture, and beside a bump in the middle."""
    if not runs:
        return ""
    answers = runs[0].answers
    found = answers["agreement"]["similarities"]["spearman"]
    rows = []
    for place, name in enumerate(names_of(answers).values()):
        endings = {"mean": "", "low": "_low", "high": "_high"}
        span = {key: found[f"centred{ending}"][place] for key, ending in endings.items()}
        alike = [hundredths(known(found[key][place][place])) for key in ("chance", "class_chance")]
        rows.append([name, interval(span), *alike])
    return table(["maps of", "a bump in the middle", "its maps of other pictures", "of others in the class"], rows)


def label_table(runs: Sequence[Measured]) -> str:
    """The rank correlation in each label, with the level of chance within it behind."""
    if not runs:
        return ""
    answers = runs[0].answers
    names = names_of(answers)
    pairs = [
        (pair["first"], pair["second"])
        for pair in answers["pairs"]
        if "CNN" in (names[pair["first"]], names[pair["second"]])
    ]
    found = {(row["class"], row["first"], row["second"]): row for row in answers["classes"]}
    labels = list(dict.fromkeys(row["class"] for row in answers["classes"]))
    heads = [next(names[name] for name in pair if names[name] != "CNN") for pair in pairs]
    rows = []
    for label in labels:
        cells = [found.get((label, *pair)) for pair in pairs]
        shown = ["–" if row is None else f"{interval(row)} ({hundredths(known(row['class_chance']))})" for row in cells]
        rows.append([label, *shown])
    return table(["label", *(f"CNN and {head}" for head in heads)], rows)


def tests_table(runs: Sequence[Measured]) -> str:
    """How often only one of two models is right, on all test pictures."""
    scores = runs[0].answers["scores"] if runs else None
    if not scores:
        return ""
    ours = names_of(runs[0].answers)
    names = dict(zip((model["model"] for model in scores["models"]), ours.values(), strict=True))
    rows = [
        [
            f"{names[test['first']]}, {names[test['second']]}",
            str(test["only_first"]),
            str(test["only_second"]),
            f"p {p_value(test['p'])}",
        ]
        for test in scores["tests"]
    ]
    return table(["models", "only the first is right", "only the second", "McNemar"], rows)
