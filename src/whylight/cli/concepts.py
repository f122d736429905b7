"""``whylight concepts``: what a classifier of concepts decides by, shown picture by picture and corrected by a person."""

from pathlib import Path
from typing import Annotated

import typer

from whylight.cli._failures import Debug
from whylight.cli._options import DataRoot, Device, Quiet

CHANGE, LOOK = "What a person says of concepts", "What is shown"


def concepts(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What whylight train infodisent wrote.", show_default=False)
    ],
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PICTURE", help="Pictures that get a sheet each.", show_default=False),
    ] = None,
    *,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="N=WORDS", help="Name concept N; N= takes the name away.", rich_help_panel=CHANGE),
    ] = None,
    off: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Switch concept N off: it decides no more.", rich_help_panel=CHANGE),
    ] = None,
    on: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Switch concept N on again.", rich_help_panel=CHANGE)
    ] = None,
    spurious: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Mark concept N as one that should not decide.", rich_help_panel=CHANGE),
    ] = None,
    not_spurious: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Take that mark away.", rich_help_panel=CHANGE)
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data", "-d", metavar="DATA", help="Score the classifier on these pictures before and after the changes."
        ),
    ] = None,
    data_root: DataRoot = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many pictures.", show_default="all")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="Only the concepts of this label.", rich_help_panel=LOOK),
    ] = None,
    concept: Annotated[
        int | None, typer.Option(metavar="N", help="Only the labels of this concept.", rich_help_panel=LOOK)
    ] = None,
    target: Annotated[
        str, typer.Option(metavar="LABEL|INDEX|top1", help="The label that sheets tell of.", rich_help_panel=LOOK)
    ] = "top1",
    top: Annotated[int, typer.Option(min=1, help="Concepts for and against on a sheet.", rich_help_panel=LOOK)] = 4,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where sheets go.")] = Path("whylight-sheets"),
    device: Device = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print all as JSON on stdout, and nothing else there.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Show what a classifier of concepts decides by; name concepts, switch them off or mark them as spurious.

    [bold]Examples[/bold]

    [cyan]whylight concepts whylight-concepts --label ship[/cyan] (the concepts of a label)

    [cyan]whylight concepts whylight-concepts boat.jpg --out sheets[/cyan] (why is this a boat?)

    [cyan]whylight concepts whylight-concepts --name 17=mast --off 40 --data cifar10[/cyan] (and is it better without 40?)
    """
    from whylight.cli._concepts import Asked, carry_out

    asked = Asked(
        folder=folder,
        pictures=tuple(pictures or ()),
        names=tuple(name or ()),
        off=tuple(off or ()),
        on=tuple(on or ()),
        spurious=tuple(spurious or ()),
        not_spurious=tuple(not_spurious or ()),
        data=data,
        data_root=data_root,
        limit=limit,
        label=label,
        concept=concept,
        target=target,
        top=top,
        out=out,
        device=device,
        json=json,
        quiet=quiet,
    )
    raise typer.Exit(carry_out(asked))
