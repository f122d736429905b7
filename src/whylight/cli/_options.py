"""Options that several commands share, so that they mean and say the same everywhere."""

from typing import Annotated

import typer

Device = Annotated[
    str,
    typer.Option(metavar="DEVICE", help="cpu, cuda, cuda:1, mps …; auto takes a graphics card if there is one."),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        min=1, help="Pictures per pass; it is halved when memory runs out.", show_default="by size and device"
    ),
]
Prepare = Annotated[
    str | None,
    typer.Option(
        metavar="PREPARATION",
        help="Bring the pictures into the form that the classifier was trained on, as in [cyan]garment[/cyan]; "
        "[cyan]whylight list preparations[/cyan] shows all.",
        show_default="as they are",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print results.json on stdout, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no table.")]
