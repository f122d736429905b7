"""``whylight store``: the store of verdicts as plain files, and back."""

from pathlib import Path
from typing import Annotated

import typer

from whylight.cli._failures import Commands, Debug
from whylight.cli._options import Json

EPILOG = "Exit codes: 0 all was done · 2 wrong usage, or nothing could be done."

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode="rich",
    help="Take a store of verdicts along as plain files, or bring such files into one.",
)

Where = Annotated[str, typer.Option("--store", metavar="STORE", help="A file, or postgresql://PERSON@HOST/NAME.")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files are.", show_default=False)]
STORE = "whylight.db"


@app.callback()
def start() -> None:
    """Take a store of verdicts along as plain files, or bring such files into one.

    Try [bold]whylight store export judged/[/bold] after [bold]whylight judge[/bold].
    """


@app.command("export", epilog=EPILOG)
def export_store(
    folder: Folder,
    *,
    store: Where = STORE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Write everything in a store into a folder of plain files: JSON lines, and arrays for numpy.

    [bold]Examples[/bold]

    [cyan]whylight store export judged/[/cyan]

    [cyan]whylight store export judged/ --store postgresql://ada@server/whylight[/cyan]
    """
    from whylight.cli._storing import write

    write(folder, store, json=json)


@app.command("import", epilog=EPILOG)
def import_store(
    folder: Folder,
    *,
    store: Where = STORE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - its callback keeps it
) -> None:
    """Add what such a folder holds and a store does not, all or nothing; the store is made when it is not there.

    [bold]Examples[/bold]

    [cyan]whylight store import judged/[/cyan]

    [cyan]whylight store import judged/ --store postgresql://ada@server/whylight[/cyan]
    """
    from whylight.cli._storing import read

    read(folder, store, json=json)
