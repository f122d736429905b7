"""LIME on pictures of 32 × 32 pixels: the lime package as it comes, against settings that suit them.

    python benchmarks/small_pictures.py run --data $WHYLIGHT_DATA [--pictures 24] [--part choose]
    python benchmarks/small_pictures.py page

Everything is asked of one network (resnet20 on CIFAR-10) in one process, with as many passes for each. ``--part choose``
takes other test pictures than ``measure``, on which settings were chosen. ``page`` writes docs/small-pictures.md.

The lime package as it comes cuts such a picture into one to three segments, about which nothing can be said but that the
whole picture matters; so it is also asked about the picture enlarged to 224 × 224 pixels, as its users do.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _pages import filled, table
from _small import small_network
from numpy.typing import NDArray
from torch.nn import functional

from whylight import perturb, registry
from whylight.classifier import Classifier
from whylight.explanation import explain
from whylight.segments import segment
from whylight.types import Images

RESULTS = Path(__file__).parent / "results" / "small_pictures.json"
WORDS = Path(__file__).parent / "small_pictures.words.md"
FIRST = {"choose": 5000, "measure": 0}
"""Of the test pictures of each part."""
SAMPLES, SEEDS, MOST = 300, 2, 5
ENLARGED = 224
OURS = {
    "50 segments": "lime:tolerance=0,samples={},count=50",
    "50 segments, glime": "lime:tolerance=0,samples={},count=50,sampling=glime",
    "20 segments": "lime:tolerance=0,samples={},count=20",
    "20 squares": "lime:tolerance=0,samples={},count=20,segments=grid",
    "20 segments, blur": "lime:tolerance=0,samples={},count=20,fill=blur",
    "20 segments, glime": "lime:tolerance=0,samples={},count=20,sampling=glime",
    "16 squares, glime, blur": "lime:tolerance=0,samples={},count=16,segments=grid,sampling=glime,fill=blur",
    "20 segments, glime, blur": "lime:tolerance=0,samples={},count=20,sampling=glime,fill=blur",
}

Row = dict[str, Any]
Cut = NDArray[np.int64]


class Answer:
    """What one run said of one picture: the map, the segments, the adjusted R²."""

    def __init__(self, evidence: NDArray[np.float64], segments: Cut, r2: float) -> None:
        self.evidence, self.segments, self.r2 = evidence, segments, r2

    @property
    def count(self) -> int:
        """Segments."""
        return len(np.unique(self.segments))

    @property
    def marked(self) -> NDArray[np.bool_]:
        """The pixels of the segments that support the label most."""
        numbers = np.unique(self.segments)
        means = np.array([self.evidence[self.segments == number].mean() for number in numbers])
        strongest = [numbers[i] for i in np.argsort(-means, kind="stable")[:MOST] if means[i] > 0]
        return np.isin(self.segments, strongest)


Ask = Callable[[Images, int, int], Answer]


def by_lime(classifier: Classifier, enlarged: int | None) -> Ask:
    """The lime package with all its defaults but the number of samples; a fresh explainer for each seed."""
    lime_image: Any = import_module("lime.lime_image")  # not needed to write the page

    def ask(image: Images, target: int, seed: int) -> Answer:
        seen = image if enlarged is None else functional.interpolate(image, size=enlarged, mode="bicubic").clamp(0, 1)

        def answers(pictures: NDArray[np.float64]) -> NDArray[np.float32]:
            batch = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
            batch = batch if enlarged is None else functional.interpolate(batch, size=image.shape[-1], mode="area")
            found: NDArray[np.float32] = perturb.forward(classifier.predict, batch).softmax(dim=1).numpy()
            return found

        picture = seen[0].permute(1, 2, 0).double().numpy()
        explainer = lime_image.LimeImageExplainer(random_state=seed)
        found = explainer.explain_instance(picture, answers, labels=(target,), top_labels=None, num_samples=SAMPLES)
        evidence = np.zeros(found.segments.shape)
        for number, coefficient in found.local_exp[target]:
            evidence[found.segments == number] = coefficient
        score = found.score[target] if isinstance(found.score, dict) else found.score
        count = len(np.unique(found.segments))
        r2 = 1 - (1 - float(score)) * (SAMPLES - 1) / (SAMPLES - count - 1)
        return Answer(evidence, found.segments, r2)

    return ask


def by_whylight(classifier: Classifier, description: str) -> Ask:
    """One of our settings."""

    def ask(image: Images, target: int, seed: int) -> Answer:
        method = registry.read_method(f"{description.format(SAMPLES)},seed={seed}")
        made = method(classifier, image, torch.tensor([target]))
        cut = segment(image, method.segments, method.count)[0].numpy()  # type: ignore[attr-defined]  # it is LIME
        return Answer(made.maps[0].double().numpy(), cut, float(made.details["r2"]))

    return ask


def jaccard(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Of two sets of pixels; 1 for two empty ones."""
    union = int((first | second).sum())
    return int((first & second).sum()) / union if union else 1.0


def reduced(values: NDArray[Any], side: int) -> NDArray[np.float64]:
    """A map of an enlarged picture at the classifier's own size."""
    tensor = torch.from_numpy(np.asarray(values, np.float64))[None, None]
    return functional.interpolate(tensor, size=side, mode="area")[0, 0].numpy()


def measure(classifier: Classifier, images: Images, targets: list[int], ask: Ask) -> Row:
    """Means over pictures: ``segments``; ``told``: the share of pictures with more than ``MOST`` segments, as only of those
    a choice of ``MOST`` can differ; ``r2``; ``jaccard`` of the strongest segments' pixels over the seeds; ``deletion``, the
    median."""
    rows, maps = [], []
    for image, target in zip(images, targets, strict=True):
        runs = [ask(image[None], target, seed) for seed in range(SEEDS)]
        pairs = [jaccard(a.marked, b.marked) for a, b in combinations(runs, 2)]
        rows.append([runs[0].count, runs[0].count > MOST, np.mean([run.r2 for run in runs]), np.mean(pairs)])
        maps.append(reduced(runs[0].evidence, image.shape[-1]))
    deletions = deletion_of(classifier, images, targets, np.stack(maps))
    count, told, r2, stable = np.array(rows, np.float64).mean(axis=0).tolist()
    return {
        "segments": count,
        "told": told,
        "r2": r2,
        "jaccard": stable,
        "deletion": float(np.nanmedian(deletions)),
        "each": {"jaccard": [row[3] for row in rows], "r2": [row[2] for row in rows], "deletion": deletions.tolist()},
    }


def deletion_of(
    classifier: Classifier, images: Images, targets: list[int], maps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The normalised deletion score of given maps."""
    control = explain(classifier, registry.read("controls", "random_map"), images, targets)
    given = type(control)(
        classifier,
        control.method,
        images,
        control.targets,
        type(control.evidence)(torch.from_numpy(maps).float()),
        control.verdict,
    )
    scores = registry.read("metrics", "deletion:normalise=true,steps=14")(given).scores
    found: NDArray[np.float64] = scores.double().numpy()
    return found


def run(root: Path, part: str, pictures: int, only: list[str] | None) -> Row:
    """Every contender on the same pictures, and the seconds of the processor that each took for a map."""
    classifier = small_network("resnet20", root)
    samples = registry.read("datasets", f"cifar10:folder={root / 'cifar-10-batches-bin'}")
    images = torch.stack([classifier.fit(samples[FIRST[part] + place].picture)[0] for place in range(pictures)])
    targets = classifier.logits(images).argmax(dim=1).tolist()
    contenders: dict[str, Ask] = {
        "lime package": by_lime(classifier, None),
        f"lime package, enlarged to {ENLARGED}": by_lime(classifier, ENLARGED),
        **{name: by_whylight(classifier, description) for name, description in OURS.items()},
    }
    found: Row = {"part": part, "pictures": pictures, "samples": SAMPLES, "machine": platform.machine(), "rows": {}}
    for name, ask in contenders.items():
        if only and name not in only:
            continue
        began = time.process_time()
        row = measure(classifier, images, targets, ask)
        row["seconds"] = (time.process_time() - began) / (pictures * SEEDS)
        found["rows"][name] = row
        print(name, {key: round(value, 3) for key, value in row.items() if key != "each"}, flush=True)
    return found


def write_page(found: Row, docs: Path) -> None:
    """``small-pictures.md`` in the folder of the manual."""
    head = ["", "segments", "pictures with more than 5", "R²", "stability", "deletion", "seconds"]
    rows = [
        [
            name,
            f"{row['segments']:.1f}",
            f"{row['told']:.0%}",
            f"{row['r2']:.2f}",
            f"{row['jaccard']:.2f}",
            f"{row['deletion']:.2f}",
            f"{row['seconds']:.2f}",
        ]
        for name, row in found["rows"].items()
    ]
    theirs, ours = (found["rows"].get(name) for name in (f"lime package, enlarged to {ENLARGED}", "20 segments"))
    values = {
        "scores": table(head, rows),
        "pictures": str(found["pictures"]),
        "samples": str(found["samples"]),
        "enlarged": beside(theirs, ours),
        "few": doubt(theirs, ours),
    }
    page = docs / "small-pictures.md"
    page.write_text(filled(WORDS.read_text(encoding="utf-8"), values), encoding="utf-8")


def beside(theirs: Row | None, ours: Row | None) -> str:
    """Ours and the lime package on the enlarged picture; empty where one was not measured."""
    if theirs is None or ours is None:
        return ""
    return (
        f"**Enlarged, it can be compared.** `lime` here takes 20 segments of the picture as it is: R² {ours['r2']:.2f} "
        f"instead of {theirs['r2']:.2f}, stability {ours['jaccard']:.2f} instead of {theirs['jaccard']:.2f}, deletion "
        f"{ours['deletion']:.2f} and {theirs['deletion']:.2f}, in {ours['seconds'] / theirs['seconds']:.0%} of the time."
    )


def doubt(theirs: Row | None, ours: Row | None) -> str:
    """On how many pictures ours is better, and worse."""
    if theirs is None or ours is None:
        return ""
    counts = []
    for name in ("r2", "jaccard"):
        gaps = np.array(ours["each"][name]) - np.array(theirs["each"][name])
        counts.append(f"better on {int((gaps > 0).sum())} and worse on {int((gaps < 0).sum())}")
    return (
        f"Few pictures were measured: of {len(ours['each']['r2'])}, R² is {counts[0]}, stability {counts[1]}. "
        "What is certain is what the segments are, and the time."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--data", type=Path, help="where data and weights lie")
    parser.add_argument("--part", choices=[*FIRST], default="measure")
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--only", nargs="+", help="names of contenders")
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    if args.what == "page":
        write_page(json.loads(RESULTS.read_text(encoding="utf-8")), args.docs)
    elif args.data is None:
        parser.error("run needs --data FOLDER")
    else:
        torch.set_num_threads(1)
        found = run(args.data.resolve(), args.part, args.pictures, args.only)
        if args.part == "measure":
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
