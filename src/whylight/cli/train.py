"""``whylight train``: one file of this folder named ``train_…`` is one kind of classifier."""

import typer

from whylight.cli._failures import Commands
from whylight.cli.train_classifier import train_classifier
from whylight.cli.train_enhancer import train_enhancer
from whylight.cli.train_infodisent import train_infodisent
from whylight.cli.train_svm import train_svm

EPILOG = "Exit codes: 0 all was done · 2 wrong usage, or nothing could be done · 130 stopped; the same command goes on."

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode="rich",
    help="Train a classifier that every other command takes as [cyan]--model[/cyan].",
)
app.command("classifier", epilog=EPILOG)(train_classifier)
app.command("enhancer", epilog=EPILOG)(train_enhancer)
app.command("infodisent", epilog=EPILOG)(train_infodisent)
app.command("svm", epilog=EPILOG)(train_svm)


@app.callback()
def start() -> None:
    """Train a classifier that every other command takes as [cyan]--model[/cyan].

    Try [bold]whylight train classifier --data photos/[/bold], where photos/ has one sub-folder for each label.
    """
