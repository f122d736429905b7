"""Tables of ``benchmarks/enhancer.py`` on spoilt pictures: margins over plain restoration, and who keeps them."""

from collections.abc import Iterator

from _enhancer_numbers import Groups, Measured, chance, minutes, model, other, percent, points, quality, signed, told
from _enhancer_runs import OTHERS, SMALLER, THROUGH, TRIED
from _groups import Row
from _pages import table

SPOILT = {"noise": "noise, σ 0.1", "jpeg": "JPEG, quality 10", "half": "half resolution"}
MODES = {
    "restoration": "restoration alone",
    "recognition_aware": "recognition-aware",
    "unsupervised": "unsupervised",
    "transformer": "transformer",
}
PUBLISHED = {
    ("noise", "recognition_aware"): 3.2,
    ("jpeg", "recognition_aware"): 9.5,
    ("half", "recognition_aware"): 9.2,
    ("noise", "unsupervised"): -0.2,
    ("jpeg", "unsupervised"): 5.6,
    ("half", "unsupervised"): 8.7,
}
"""Margins over restoration in points on ImageNet through ResNet-18 (Liu et al., 2019, the README's tables)."""
STRANGERS = {model(SMALLER): SMALLER, **{name: name for name in OTHERS}}


def comparisons(groups: Groups) -> Iterator[tuple[str, str, Measured]]:
    """(degradation, mode, comparison), of all that are there."""
    for short in SPOILT:
        for mode in MODES:
            for run in groups.get(f"{mode}_{short}_seen", [])[:1]:
                yield short, mode, run


def margin(run: Measured, short: str, mode: str) -> Row | None:
    """A mode's gain over plain restoration, picture by picture."""
    return other(run.compared, model(f"restoration_{short}.0"), model(f"{mode}_{short}.0"))


def spoilt_table(groups: Groups) -> str:
    """Accuracy of the classifier that was trained through, and how near the pictures are to unspoilt ones."""
    rows = []
    for short, mode, run in comparisons(groups):
        gain = run.compared["gain"]
        if mode == "restoration":
            accuracy = f"{100 * gain['before']['accuracy']:.1f} %"
            near = [told(quality(run.compared, "clean", each, "before"), digits) for each, digits in QUALITY]
            rows.append([SPOILT[short], "nothing", accuracy, "–", "–", "–", *near, "–"])
        found = margin(run, short, mode)
        over = ["–", "–"] if found is None else [points(found), chance(found["p"])]
        published = PUBLISHED.get((short, mode))
        near = [told(quality(run.compared, "clean", each), digits) for each, digits in QUALITY]
        cost = f"{minutes(groups.get(f'{mode}_{short}', []))[1]:.1f}"
        accuracy = f"{100 * gain['after']['accuracy']:.1f} %"
        there = "–" if published is None else signed(published / 100)
        rows.append([SPOILT[short], MODES[mode], accuracy, *over, there, *near, cost])
    head = ["spoilt by", "mended by", THROUGH, "over restoration, points (95 %)", "p", "published", "PSNR, dB", "SSIM"]
    return table([*head, "CPU minutes"], rows, words=2)


QUALITY = (("psnr", 1), ("ssim", 3))


def kept_table(groups: Groups) -> str:
    """What of the margin over restoration classifiers have that the enhancer never saw."""
    plain = {short: run for short, mode, run in comparisons(groups) if mode == "restoration"}
    rows = []
    for short, mode, run in comparisons(groups):
        found = None if mode == "restoration" else margin(run, short, mode)
        if found is None or short not in plain:
            continue
        cells = [kept_cell(run, plain[short], name, found["gain"]) for name in STRANGERS]
        rows.append([SPOILT[short], MODES[mode], signed(found["gain"]), *cells])
    head = [
        "spoilt by",
        "mended by",
        f"margin of {THROUGH}",
        *(f"margin of {name}, share" for name in STRANGERS.values()),
    ]
    return table(head, rows, words=2)


def kept_cell(run: Measured, plain: Measured, name: str, own: float) -> str:
    """The margin of a classifier that was never seen, and its share of the margin of the one that was trained through."""
    gained = stranger_margin(run, plain, name)
    if gained is None:
        return "–"
    return f"{signed(gained)}, {percent(gained / own)}" if own > 0 else signed(gained)


def stranger_margin(run: Measured, plain: Measured, name: str) -> float | None:
    """How much more often another classifier is right behind this enhancer than behind restoration."""
    mended, restored = (other(each.compared, name) for each in (run, plain))
    if mended is None or restored is None:
        return None
    gained: float = mended["after"]["accuracy"] - restored["after"]["accuracy"]
    return gained


def weight_table(groups: Groups) -> str:
    """λ and what it did to the validation pictures."""
    rows = []
    for mode, tried in TRIED.items():
        for weight in tried:
            for run in groups.get(f"weights_{mode}_{weight}", []):
                score = run.answers["validation"]
                rows.append([MODES[mode], weight, f"{100 * score['accuracy']:.1f} %", f"{score['psnr']:.1f}"])
    return table(["", "λ", "validation", "PSNR, dB"], rows)


def texture_table(groups: Groups) -> str:
    """What of each gain is left when the difference is changed in ways that a texture does not survive."""
    chosen = [run for group in ("frozen", "strong") for run in groups.get(f"{group}_seen", [])]
    chosen += [run for _, mode, run in comparisons(groups) if mode in ("restoration", "recognition_aware")]
    if not chosen:
        return ""
    words = [row["words"] for row in chosen[0].compared["variants"]]
    rows = [
        [name_of(run), signed(run.compared["gain"]["gain"]), *(signed(row["gain"]) for row in run.compared["variants"])]
        for run in chosen
    ]
    return table(["enhancer", "its gain", *words], rows)


def name_of(run: Measured) -> str:
    """A comparison for people."""
    found = run.group.removesuffix("_seen")
    for short, words in SPOILT.items():
        if found.endswith(f"_{short}"):
            return f"{MODES[found.removesuffix(f'_{short}')]}, {words}"
    return f"{found}, seed {run.seed}"
