"""Sheets of pictures for ``whylight concepts``: a figure each, and a page of all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import typer
from torch import Tensor

from whylight import pictures as picture_files
from whylight.classifiers.infodisent import ConceptClassifier
from whylight.cli._targets import read_target
from whylight.concepts.overview import Worth
from whylight.concepts.prototypes import Prototypes
from whylight.concepts.sheet import Gallery, gallery_in, sheet_of
from whylight.errors import DataError, PictureError
from whylight.plots.concept_sheet import concept_sheet
from whylight.report.concept_page import Told, render, told
from whylight.report.files import Names, shown_path
from whylight.training.prepare import training_part
from whylight.whole import written_whole

PAGE = "sheets.html"


@dataclass(frozen=True, eq=False)
class Sheets:
    """Where sheets go and what is on them. ``target``: as on the command line. ``top``: concepts for and against."""

    classifier: ConceptClassifier
    out: Path
    target: str
    top: int
    gallery: Gallery | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    shown: list[Told] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    def add(self, path: Path, image: Tensor) -> None:
        """The sheets of one picture, one for each label that is asked for."""
        wanted = read_target(self.target, self.classifier.labels)
        for label in wanted.choose(self.classifier.logits(image[None].to(self.classifier.device)))[0].tolist():
            sheet = sheet_of(self.classifier, image, label, gallery=self.gallery, top=self.top)
            drawn = BytesIO()
            concept_sheet(sheet).savefig(drawn, format="png")
            out = self.out / f"{self.names(f'{path.stem}-{sheet.label}')}.png"
            with written_whole(out) as file:
                file.write(drawn.getvalue())
            self.shown.append(told(path.name, sheet, out.name))
            lines = (*sheet.supporting, *sheet.opposing)
            concepts = [{"concept": one.concept, "title": one.title, "adds": one.adds, "box": one.box} for one in lines]
            row = {"picture": shown_path(path), "sheet": shown_path(out), "label": sheet.label, "concepts": concepts}
            numbers = {"probability": sheet.probability, "logit": sheet.logit, "rest": sheet.rest}
            self.rows.append(row | numbers)

    def finish(self, found: Sequence[Worth]) -> None:
        """Writes the page; ``found``: all concepts."""
        page = render(f"Decisions of {self.classifier.name}, concept by concept", self.shown, found)
        with written_whole(self.out / PAGE) as file:
            file.write(page.encode("utf-8", "replace"))


def draw(sheets: Sheets, pictures: Sequence[Path], found: Sequence[Worth]) -> list[dict[str, Any]]:
    """Sheets of all pictures that can be read; returns what is on them as plain data."""
    files, problems = picture_files.find_pictures(pictures)
    for path, problem in problems:
        typer.echo(f"{shown_path(path)}: {problem}", err=True)
    sheets.out.mkdir(parents=True, exist_ok=True)
    for path in files:
        try:
            image, _ = sheets.classifier.fit(picture_files.read_picture(path))
        except PictureError as error:
            typer.echo(str(error), err=True)
            continue
        sheets.add(path, image)
    sheets.finish(found)
    return sheets.rows


def gallery_of(
    classifier: ConceptClassifier, stored: tuple[Prototypes, str] | None, root: Path | None
) -> Gallery | None:
    """The prototypes as pictures; none, with a word why, where their data set is not there."""
    if stored is None:
        return None
    try:
        return gallery_in(classifier, training_part(stored[1], root), stored[0])
    except DataError as error:
        typer.echo(f"no prototypes are shown: {error}", err=True)
        return None
