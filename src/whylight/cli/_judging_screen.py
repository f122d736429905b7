"""The screen of ``whylight judge``: the labels, the picture beside its evidence in half blocks, and the keys."""

import sys
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.text import Text

from whylight.cli._terminal import WIDTH, one_line
from whylight.feedback.session import Session
from whylight.feedback.showing import Showing
from whylight.plots import colours, panels
from whylight.plots.half_blocks import beside, half_blocks
from whylight.plots.overlay import overlay
from whylight.verdict import FLAGS
from whylight.whole import written_whole

KEYS = "u up · d down · s skip · z undo · q quit"
FILE = "shown.png"
MOST_COLUMNS, MOST_ROWS = 160, 24


class Screen:
    """What is printed; ``out``: the folder that each overlay is written to, where it is."""

    def __init__(self, out: Path | None) -> None:
        self.out = out
        self.console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH, highlight=False)

    def tell(self, sentence: str) -> None:
        """A line for the person."""
        self.console.print(Text(one_line(sentence)), soft_wrap=True)

    def ask(self) -> None:
        """What the keys do."""
        self.console.print(Text(f"{KEYS}: ", style="bold"), end="")

    def show(self, session: Session) -> None:
        """The explanation that is to be judged."""
        showing = session.shown
        assert showing is not None
        self.console.print(self._heading(session, showing))
        if self.console.color_system is not None:
            for line in self._preview(showing):
                self.console.print(line)
        if self.out is not None:
            self.tell(f"overlay: {write(showing, self.out)}")

    def _heading(self, session: Session, showing: Showing) -> Text:
        opened, labels = showing.opened, session.classifier.labels
        heading = Text(f"\n{one_line(opened.sample.name)}\n", style="bold")
        for rank, (index, chance) in enumerate(zip(opened.ranked, opened.context.probabilities, strict=True), start=1):
            mark = "▶" if rank == showing.candidate.rank else " "
            heading.append(f"{mark} {chance:6.1%}  {one_line(labels[index])}\n", "bold" if mark.strip() else "not bold")
        number = f"explanation {len(showing.rejected) + 1} of {len(session.options)}"
        heading.append(f"{number} · {one_line(showing.candidate.method)} · orange supports, blue hinders", "not bold")
        for flag in showing.explanation.verdict.flags[0]:
            heading.append(f"\n! {flag}: {FLAGS[flag]}", "not bold")
        return heading

    def _preview(self, showing: Showing) -> list[Text]:
        columns, rows = min(self.console.width, MOST_COLUMNS), min(self.console.height - 12, MOST_ROWS)
        picture, seen = panels.prepared(showing.opened.sample.picture, showing.opened.frame)
        evidence = seen.to_picture(showing.explanation.maps[0].detach().float()).numpy()
        painted = colours.blend(panels.faded_grey(picture), colours.paint(evidence, colours.limit_of(evidence)))
        sides = [np.asarray(picture), panels.hatched(painted, seen)]
        left, right = (half_blocks(side, (columns - 2) // 2, max(4, rows)) for side in sides)
        return beside(left, right)


def write(showing: Showing, out: Path) -> Path:
    """Writes the overlay of what is shown, in the place of the one before."""
    out.mkdir(parents=True, exist_ok=True)
    figure = overlay(
        showing.explanation, showing.opened.sample.picture, showing.opened.frame, method=showing.candidate.method
    )
    with written_whole(out / FILE) as file:
        figure.savefig(file, format="png")
    return out / FILE
