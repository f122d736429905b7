"""What ``benchmarks/undesirable.py`` asks: settings in parts, and how many pictures each part takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

TRIALS = 5
REGULARISED = ("f_tc", "f_ntc")
METHODS = (*REGULARISED, "undesirable")
TRIAL_KINDS = {
    "start": "start=near_ones",
    "noise": "start=near_ones,noise=0.02",
    "random": "start=random",
    "stable": "preset=stable",
}
"""How trials differ: cells start anywhere in [0.9, 1]; the same with noise on each picture the search looks at (0.02 of
the range of a pixel, 0.09 standard deviations of ImageNet's pixels); cells start anywhere in [0, 1]; and the mean of
twelve searches of the first kind."""

ABLATIONS: dict[str, tuple[object, ...]] = {
    "gamma": (0, 0.03, 0.1, 0.3, 1, 3),
    "area": (0.3, 1, 3, 10),
    "side": (7, 14, 28, 56),
    "sigma": (2, 5, 10),
    "norm": ("mean", "sum"),
    "rate": (0.01, 0.02, 0.05, 0.1),
    "answer": ("probability", "log_probability", "gain"),
    "fills": ("blur", "(blur,wide_blur)", "(blur,mean)"),
}


@dataclass(frozen=True)
class Setting:
    """One method with its settings, as part of one question; ``group`` is what its rows are averaged under."""

    part: str
    method: str
    group: str


def tables() -> Iterator[Setting]:
    """Ours and the paper's constants."""
    for preset, name in product(("default", "paper"), METHODS):
        yield Setting("tables", f"{name}:preset={preset}", f"{name}:preset={preset}")


def paper_norms() -> Iterator[Setting]:
    """The paper's constants under each reading of its norms."""
    for name, norm, form in product(REGULARISED, ("mean", "sum"), ("isotropic", "power")):
        text = f"{name}:preset=paper,norm={norm},tv_form={form}"
        yield Setting("norms", text, text)


def consistency() -> Iterator[Setting]:
    """The same pictures again, by several kinds of trial."""
    for kind, name, seed in product(TRIAL_KINDS, METHODS, range(TRIALS)):
        yield Setting("consistency", f"{name}:{TRIAL_KINDS[kind]},seed={seed}", f"{name} {kind}")


def ablation() -> Iterator[Setting]:
    """One setting changed at a time."""
    for name in REGULARISED:
        for key, values in ABLATIONS.items():
            for value in values:
                yield Setting("ablation", f"{name}:{key}={value}", f"{name}:{key}={value}")


def outputs_only() -> Iterator[Setting]:
    """The search without gradients beside the one with them."""
    for name, route in product(REGULARISED, ("gradients", "outputs")):
        yield Setting("outputs", f"{name}:route={route}", f"{name}:route={route}")


PARTS = {
    "tables": tables,
    "norms": paper_norms,
    "consistency": consistency,
    "ablation": ablation,
    "outputs": outputs_only,
}
