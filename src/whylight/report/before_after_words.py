"""What a comparison before and after says in sentences."""

from typing import Any

from whylight.plots.numbers import NO_BREAK
from whylight.plots.scores import hundredths, measured
from whylight.report.comparison_words import p_value, pair_sentence, share

Row = dict[str, Any]

VERDICTS = {
    "no_gain": "No gain is shown, so there is nothing to call a texture.",
    "not_asked": "Whether it is made for this one classifier is not known: no other one was asked (--transfer).",
    "helps_others": "It helps every other classifier that was asked as well: it is not made for this one alone.",
    "helps_some": "It helps some of the other classifiers, and not all: a part of it is made for this one.",
    "for_this_one": "No other classifier that was asked gains from it: it is made for this one, like a texture.",
}
"""What is said of an enhancer, by the verdict."""


def lead(results: Row) -> list[str]:
    """What was found, the most important first."""
    found = results["before_after"]
    told = [gain_sentence(found["gain"])] if found["gain"] else [changed_sentence(found)]
    if found["unchanged"]:
        told.append(f"{found['unchanged']}.")
    told += [quality_sentence(row) for row in found["quality"]]
    if found["difference"]:
        told.append(difference_sentence(found["difference"]))
    told += verdict_sentences(found)
    told += [_begun(pair_sentence(pair)) for pair in results["pairs"][:1]]
    if found["attention_absent"]:
        told.append(f"Where the classifiers look is not shown: {found['attention_absent']}.")
    return told


def gain_sentence(row: Row) -> str:
    """The accuracies before and after and what is gained, with what is chance."""
    before, after = (f"{share(row[side]['accuracy'])} ({spanned(row[side])})" for side in ("before", "after"))
    change = f"{points(row['gain'])} ({hundreds(row['low'])} to {hundreds(row['high'])})"
    return (
        f"Right in {row['pictures']:,} picture{'s' if row['pictures'] != 1 else ''}: before {before}, after {after}; "
        f"{change}, {row['fixed']:,} fixed and {row['broken']:,} broken (McNemar, p {p_value(row['p'])})."
    )


def changed_sentence(found: Row) -> str:
    """Without true labels: in how many pictures the answers differ."""
    return (
        f"The classifiers answer differently in {found['changed_answers']:,} of {found['pictures']:,} "
        f"picture{'s' if found['pictures'] != 1 else ''}; which answers are right is not known."
    )


def quality_sentence(row: Row) -> str:
    """PSNR and SSIM of one kind of pictures beside another."""
    names = {"before": "those before", "clean": "the clean ones"}
    psnr, ssim = row["psnr"], row["ssim"]
    equal = f", {row['equal']:,} are equal" if row["equal"] else ""
    return (
        f"The pictures {row['of']} beside {names[row['beside']]}: PSNR {measured(psnr['quantiles']['0.5'])}{NO_BREAK}dB in "
        f"the median ({measured(psnr['quantiles']['0.05'])} to {measured(psnr['quantiles']['0.95'])}), "
        f"SSIM {hundredths(ssim['quantiles']['0.5'])}{equal}."
    )


def difference_sentence(row: Row) -> str:
    """How much is added, how fine it is, and how much of it is the same for all pictures."""
    size = sum(channel["mean_size"] for channel in row["channels"]) / len(row["channels"])
    fine, own = (row[key]["shares"]["fine"] for key in ("spectrum", "picture_spectrum"))
    noise = row["spectrum"]["noise"]["fine"]
    known = row["common_share"] == row["common_share"]
    alike = f" {share(row['common_share'])} of it is the same for all pictures." if known else ""
    return (
        f"A pixel moves by {measured(100 * size)}{NO_BREAK}% of the range on average; {share(fine)} of what is added is "
        f"finer than 4 pixels (of the pictures {share(own)}, of white noise {share(noise)}).{alike}"
    )


def verdict_sentences(found: Row) -> list[str]:
    """What the variants of the difference and other classifiers say; none without true labels."""
    if found["verdict"] is None:
        return []
    left = [f"{row['words']} {kept(row['kept'])}" for row in found["variants"] if row["kept"] is not None]
    told = [f"Of the gain is left with what was added, {', '.join(left)}."] if left else []
    return [*told, VERDICTS[found["verdict"]]]


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def spanned(row: Row) -> str:
    """An interval of shares."""
    return f"{share(row['low'])} to {share(row['high'])}"


def points(value: float) -> str:
    """A change of a share in points, with its sign."""
    return f"{hundreds(value)}{NO_BREAK}points"


def hundreds(value: float) -> str:
    """The same without the word; a dash if it is none."""
    if value != value:  # noqa: PLR0124 (NaN)
        return "–"
    words = f"{100 * value:+.1f}".replace("-", "−")
    return "0.0" if words in {"+0.0", "−0.0"} else words


def kept(value: float | None) -> str:
    """The share of a gain that is left; a dash where there is none to keep."""
    return "–" if value is None or value != value else share(value)  # noqa: PLR0124 (NaN)
