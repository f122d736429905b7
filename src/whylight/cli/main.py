"""The program ``whylight``: one file of this folder is one command."""

from typing import Annotated

import typer

from whylight import __version__
from whylight.cli._failures import Commands, Debug
from whylight.cli.compare import compare
from whylight.cli.concepts import concepts
from whylight.cli.evaluate import evaluate
from whylight.cli.explain import explain
from whylight.cli.judge import judge
from whylight.cli.learn import learn
from whylight.cli.list import list_parts
from whylight.cli.serve import serve
from whylight.cli.store import app as store
from whylight.cli.train import app as train

EPILOG = "Exit codes: 0 all was done · 1 some failed{or_flagged} · 2 wrong usage, or nothing could be done."
OF_LEARNING = "Exit codes: 0 all was done · 1 the new version is not accepted · 2 nothing could be done · 130 stopped."
WITH_FLAGS, WITHOUT_FLAGS = EPILOG.format(or_flagged=", or --strict met a flag"), EPILOG.format(or_flagged="")

app = typer.Typer(
    cls=Commands, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False, epilog=WITHOUT_FLAGS
)
app.command("explain", epilog=WITH_FLAGS)(explain)
app.command("compare", epilog=WITHOUT_FLAGS)(compare)
app.command("evaluate", epilog=WITHOUT_FLAGS)(evaluate)
app.command("concepts", epilog=WITHOUT_FLAGS)(concepts)
app.add_typer(train, name="train")
app.command("judge", epilog=WITHOUT_FLAGS)(judge)
app.command("serve", epilog=WITHOUT_FLAGS)(serve)
app.command("learn", epilog=OF_LEARNING)(learn)
app.add_typer(store, name="store")
app.command("list")(list_parts)


def _version(wanted: bool) -> bool:  # noqa: FBT001 - typer calls it with the option's value
    if wanted:
        typer.echo(f"whylight {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def start(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Which pixels make an image classifier decide, which stand in its way, and whether to believe the picture.

    Try [bold]whylight explain[/bold]: with no arguments it explains a sample picture with a classifier that is included.
    """
