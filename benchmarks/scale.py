"""How many pictures an hour: a plain loop, one worker and several, on this machine and through Ray.

    python benchmarks/scale.py run --pictures FOLDER [--workers 4] [--model MODEL] [--method METHOD …]
    python benchmarks/scale.py page

Every way explains a few of the pictures and many of them, several times over in turns. The difference gives the seconds of
a picture without what is paid once, such as starting processes and loading the classifier; the rest is that cost. ``run``
keeps what was measured beside the script, ``page`` writes docs/scale.md between its marks.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from _commands import machine
from _pages import table

import whylight
from whylight.pictures import find_pictures

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "scale.json"
PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "% rates\n", "% end of rates\n"
LOOP = "loop"
SIZES = (10**6, 10**8)
MONTH = 30 * 24

Way = tuple[str, int]
"""An engine, or the plain loop, and its workers."""


def name(way: Way) -> str:
    engine, workers = way
    return "a plain loop" if engine == LOOP else f"`--engine {engine}`, {workers} worker{'s' * (workers > 1)}"


def loop(pictures: Sequence[Path], model: str, methods: Sequence[str]) -> None:
    """What anybody would write first: one picture after another, one method after another, maps kept in a list."""
    torch.set_num_threads(1)
    classifier = whylight.load(model)
    parts = [whylight.read_method(text) for text in methods]
    kept = []
    for path in pictures:
        image, _ = classifier.fit(whylight.read_picture(path))
        kept += [whylight.explain(classifier, part, image[None]).maps.half() for part in parts]


def seconds(way: Way, pictures: Sequence[Path], asked: argparse.Namespace) -> tuple[float, float]:
    """Of a run over these pictures, and the bytes that it wrote."""
    engine, workers = way
    with tempfile.TemporaryDirectory() as folder:
        listed = f"{folder}/pictures.parquet"
        pq.write_table(pa.table({"path": [str(path.absolute()) for path in pictures]}), listed)
        methods = [word for text in asked.method for word in ("--method", text)]
        if engine == LOOP:
            command = [__file__, "loop", "--list", listed, "--model", asked.model, *methods]
        else:
            how = [
                "--engine",
                engine,
                "--workers",
                str(workers),
                "--out",
                f"{folder}/out",
                "--device",
                "cpu",
                "--quiet",
            ]
            command = ["-m", "whylight", "explain", listed, "--model", asked.model, *methods, *how]
        began = time.monotonic()
        subprocess.run([sys.executable, *command], check=True)  # noqa: S603 - our own commands
        spent = time.monotonic() - began
        return spent, float(sum(path.stat().st_size for path in Path(folder).rglob("maps/**/*.parquet")))


def run(asked: argparse.Namespace) -> None:
    """Measures every way in turns."""
    found, problems = find_pictures([asked.pictures])
    if problems or len(found) < asked.many:
        sys.exit(f"{asked.pictures} has {len(found)} pictures where --many asks for {asked.many}")
    engines = [engine for engine in ("local", "ray") if engine in asked.engine]
    ways: list[Way] = [(LOOP, 1), *((engine, workers) for engine in engines for workers in sorted({1, asked.workers}))]
    rounds: dict[Way, list[dict[str, float]]] = {way: [] for way in ways}
    for number in range(asked.rounds):
        for way in ways:
            few, _ = seconds(way, found[: asked.few], asked)
            many, size = seconds(way, found[: asked.many], asked)
            rounds[way].append({"few": few, "many": many, "bytes": size / asked.many})
            print(f"{number + 1} of {asked.rounds}, {name(way)}: {few:.1f} s and {many:.1f} s", flush=True)
    rows = [{"engine": way[0], "workers": way[1], "rounds": each} for way, each in rounds.items()]
    about = machine(["torch", "ray", "whylight"]) | {"few": asked.few, "many": asked.many}
    kept = {"about": about, "model": asked.model, "methods": asked.method, "ways": rows}
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def rate(way: dict[str, Any], few: int, many: int) -> tuple[float, float]:
    """(seconds a picture, seconds that are paid once), the medians over the rounds."""
    each = [(one["many"] - one["few"]) / (many - few) for one in way["rounds"]]
    once = [one["few"] - few * slope for one, slope in zip(way["rounds"], each, strict=True)]
    return statistics.median(each), statistics.median(once)


def page() -> None:
    """Writes the rates and what follows from them into the manual."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    few, many = kept["about"]["few"], kept["about"]["many"]
    rates = {(way["engine"], way["workers"]): rate(way, few, many) for way in kept["ways"]}
    one = {engine: rates[engine, 1][0] for engine, workers in rates if workers == 1}
    size = max(one_round["bytes"] for way in kept["ways"] for one_round in way["rounds"])
    rows = []
    for (engine, workers), (each, once) in rates.items():
        reached = f"{one[engine] / each / workers:.0%}" if workers > 1 else ""
        hours = [f"{count * each / 3600:,.0f}" for count in SIZES]
        rows.append([name((engine, workers)), f"{each * 1000:,.0f} ms", f"{once:.0f} s", reached, *hours])
    head = ["", "a picture", "once", "e", *(f"hours for {count:,}" for count in SIZES)]
    core = one["local"] if "local" in one else one[LOOP]
    cores = SIZES[1] * core / 3600 / MONTH
    words = (
        f"\nMeasured with {kept['model']} and {', '.join(kept['methods'])} on {kept['about']['machine']} (torch "
        f"{kept['about']['torch']}, Ray {kept['about']['ray']}), on {few} and {many} pictures, medians of "
        f"{len(kept['ways'][0]['rounds'])} rounds:\n\n{table(head, rows)}\n"
        f"So a million pictures are {SIZES[0] * core / 3600:,.0f} core hours and {SIZES[0] * size / 1e9:,.0f} GB, and 100 "
        f"million {SIZES[1] * core / 3600:,.0f} core hours and {SIZES[1] * size / 1e12:,.1f} TB: a month of {cores:,.0f} "
        "such cores, if e were 1.\n\n"
    )
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{words}{END}{after}", encoding="utf-8")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "page", "loop"])
    parser.add_argument("--pictures", type=Path, default=Path("photos"))
    parser.add_argument("--model", default="torchvision:resnet18")
    parser.add_argument("--method", action="append")
    parser.add_argument("--engine", action="append")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--few", type=int, default=64)
    parser.add_argument("--many", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--list", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.method, asked.engine = asked.method or ["grad_cam"], asked.engine or ["local", "ray"]
    if asked.what == "loop":
        loop([Path(each) for each in pq.read_table(asked.list)["path"].to_pylist()], asked.model, asked.method)
    elif asked.what == "run":
        run(asked)
    else:
        page()


if __name__ == "__main__":
    main()
