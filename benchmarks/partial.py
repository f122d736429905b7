"""Ablation-CAM by partial passes against pytorch-grad-cam's, which passes the whole network for every channel.

    pip install -r benchmarks/requirements.txt
    python benchmarks/partial.py run --data $WHYLIGHT_DATA [--only resnet18] [--pictures 1] [--rounds 3]
    python benchmarks/partial.py page

Both run in one process with one thread, on the same network, picture, layer and target, and take turns; processor time is
compared, which other programs disturb least. ResNet-18 has random weights, which take the same time. ``page`` writes
docs/methods/cam.md between its marks.
"""

import argparse
import json
import statistics
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from _commands import machine
from _imagenet import MEAN, NETWORKS, STD, network, picture_files, read_batch
from _pages import table
from torch import Tensor, nn

from whylight.classifier import Classifier
from whylight.classifiers import from_module
from whylight.classifiers._torchvision import import_torchvision
from whylight.methods.cam.ablation_cam import AblationCAM
from whylight.partial.passes import PartialPasses
from whylight.tensors import correlation, min_max
from whylight.types import Images, Targets

RESULTS = Path(__file__).parent / "results" / "partial.json"
PAGE = Path(__file__).parents[1] / "docs" / "methods" / "cam.md"
BEGIN, END = "% partial passes\n", "% end of partial passes\n"
CASES = {
    "resnet18": ("layer4", "layer4.1"),
    "resnet18, an earlier layer": ("layer3", "layer3.1"),
    "squeezenet1_1": ("features", "features.12"),
    "mobilenet_v2": ("features", "features.18"),
}
"""A network: our layer, and the part at its end, of the same output, that pytorch-grad-cam's manual names. It leaves out
what happens inside of the layer that it is given and runs the rest, so that the whole of ours is the best for it."""
SEED = 0
AT_ONCE = {"usual": 32, "best": 4}
"""How many channels pytorch-grad-cam passes at once: its default, and what is fastest on this processor, as for us."""

Work = Callable[[], Tensor]
Row = dict[str, Any]


def classifier_of(case: str, root: Path) -> Classifier:
    name = case.partition(",")[0]
    if name in NETWORKS:
        return network(name, root)
    torch.manual_seed(SEED)
    plain: nn.Module = import_torchvision("the comparison").models.get_model(name).eval()
    return from_module(plain, [str(label) for label in range(1000)], mean=MEAN, std=STD, size=224, shorter=227)


class Display(nn.Module):
    """Pictures in [0, 1] in, logits out; the layers can be found in it."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.network, self.predict = classifier.module, classifier.predict

    def forward(self, images: Tensor) -> Tensor:
        return self.predict(images)


def import_rival() -> tuple[Any, Any]:
    """pytorch-grad-cam's module, without its progress bars, and its class of targets."""
    import_torchvision("the comparison")
    import pytorch_grad_cam.ablation_cam as rival
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    rival.tqdm.tqdm = lambda steps: steps
    return rival, ClassifierOutputTarget


def sides(classifier: Classifier, layer: str, usual: str, images: Images, targets: Targets) -> dict[str, Work]:
    """What is timed: ours, theirs as usual and at its best, and a bare forward pass of the whole network."""
    rival, target = import_rival()
    chosen, model = [target(int(label)) for label in targets], Display(classifier).eval()

    def theirs(name: str, at_once: int) -> Tensor:
        with rival.AblationCAM(model, [classifier.submodule(name)], batch_size=at_once) as cam:
            return torch.from_numpy(cam(images, chosen))

    def bare() -> Tensor:
        with torch.inference_mode():
            return classifier.predict(images.contiguous(memory_format=torch.channels_last))

    works: dict[str, Work] = {"ours": lambda: AblationCAM(layer, relu=True)(classifier, images, targets).maps}
    works["usual"] = lambda: theirs(usual, AT_ONCE["usual"])
    works["best"] = lambda: theirs(layer, AT_ONCE["best"])
    return works | {"bare": bare}


def timed(work: Work) -> tuple[float, Tensor]:
    """Processor seconds of one call, and what it gave."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def measure(case: str, root: Path, pictures: int, rounds: int) -> Row:
    """The seconds of each side and round, for one picture, and how far both maps say the same."""
    classifier, (layer, usual) = classifier_of(case, root), CASES[case]
    images = read_batch(classifier, picture_files(root)[:pictures])
    targets = classifier.logits(images).argmax(dim=1)
    with torch.no_grad():
        cut = PartialPasses(classifier, layer).at(images[:1])
    works = sides(classifier, layer, usual, images, targets)
    seconds: dict[str, list[float]] = {name: [] for name in works}
    maps = {}
    for name in ("ours", "bare"):
        works[name]()  # warms up
    for _ in range(rounds):
        for name, work in works.items():
            spent, maps[name] = timed(work)
            seconds[name].append(spent / pictures)
    alike = correlation(min_max(maps["ours"]), maps["usual"].to(maps["ours"])).min().item()
    return {
        "case": case,
        "layer": layer,
        "channels": classifier.to_grid(cut.output).shape[1],
        "way": cut.way,
        "pictures": pictures,
        "seconds": seconds,
        "correlation": alike,
    }


def run(asked: argparse.Namespace) -> None:
    """Measures each case anew and keeps it beside the others."""
    torch.set_num_threads(1)
    kept: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"rows": {}}
    for case in asked.only or CASES:
        row = measure(case, asked.data, asked.pictures, asked.rounds)
        kept["rows"][case] = row
        kept["about"] = machine(["torch", "grad-cam", "whylight"]) | {"threads": torch.get_num_threads(), "seed": SEED}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(case, {name: f"{statistics.median(each):.3f} s" for name, each in row["seconds"].items()}, flush=True)


def page() -> None:
    """Writes the table into the manual."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    about, rows = kept["about"], [kept["rows"][case] for case in CASES if case in kept["rows"]]
    lines = []
    for row in rows:
        spent = {name: statistics.median(each) for name, each in row["seconds"].items()}
        ratios = [f"{spent[name] / spent['ours']:.0f} ×" for name in AT_ONCE]
        times = [f"{spent[name]:.2f} s" for name in ("ours", *AT_ONCE)]
        layer = f"{row['case'].partition(',')[0]}, `{row['layer']}`"
        lines.append([layer, str(row["channels"]), *times, *ratios, f"{spent['ours'] / spent['bare']:.1f}"])
    head = [
        "network, layer",
        "channels",
        "ours",
        "pytorch-grad-cam",
        "its best",
        "faster",
        "than its best",
        "in passes",
    ]
    alike = min(row["correlation"] for row in rows)
    rounds = len(rows[0]["seconds"]["ours"])
    turns = "one round" if rounds == 1 else f"medians of {rounds} rounds"
    pictures = "one picture" if rows[0]["pictures"] == 1 else f"{rows[0]['pictures']} pictures"
    words = (
        f"Processor seconds a picture on {pictures} of 224 × 224, one thread of a {about['machine']}, torch "
        f"{about['torch']}, {turns}, the sides in turns (`benchmarks/partial.py`). "
        f"pytorch-grad-cam {about['grad-cam']} runs as its manual has it (the last part of the layer, {AT_ONCE['usual']} "
        f"channels at once), and at its best here (the whole layer, whose inside it leaves out, {AT_ONCE['best']} at once). "
        "`in passes` counts bare forward passes of the whole network that take as long as ours. The "
        f"weights of resnet18 are random (seed {about['seed']}), the others trained; the maps correlate by at least "
        f"{int(alike * 1000) / 1000:.3f}."
    )
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(
        f"{before}{BEGIN}\n{textwrap.fill(words, 122)}\n\n{table(head, lines)}\n{END}{after}", encoding="utf-8"
    )


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only", nargs="+", choices=list(CASES))
    parser.add_argument("--pictures", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if asked.what == "page":
        page()
    elif asked.data is None:
        parser.error("run needs --data")
    else:
        run(asked)


if __name__ == "__main__":
    main()
