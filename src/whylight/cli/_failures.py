"""One sentence for every mistake: ``error: …`` on stderr and an exit code, never a traceback."""

import os
import select
import sys
import traceback
from contextlib import suppress
from contextvars import ContextVar
from enum import IntEnum
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from whylight.cli._terminal import one_line
from whylight.errors import WhylightError


class ExitCode(IntEnum):
    """What a command's end says."""

    DONE = 0
    IN_PART = 1
    """Some failed, or a flag was raised and ``--strict`` was given."""
    NOTHING = 2
    """Wrong usage, nothing could be done, or a mistake in whylight itself."""
    STOPPED = 130
    """Ctrl-C; what was finished is kept."""


UsageError: Any = typer.BadParameter.__mro__[1]
"""What the parser of options raises; the module that it lives in differs between versions of typer."""


DEBUG: ContextVar[bool] = ContextVar("DEBUG", default=False)
"""Whether a traceback stands before the sentence: ``--debug``, before or behind the command, sets it."""


FOR_THE_TRACEBACK = "run with --debug (or WHYLIGHT_DEBUG=1) for the traceback"


class Commands(TyperGroup):
    """The commands of the program; whatever goes wrong ends as one sentence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The program's name alone asks for help."""
        return super().parse_args(ctx, args or ["--help"])

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Runs the program; with ``standalone_mode`` it ends the process."""
        extra["standalone_mode"] = False
        if not standalone_mode:
            return super().main(*args, **extra)
        DEBUG.set(False)
        try:
            code = super().main(*args, **extra)
        except (KeyboardInterrupt, typer.Abort):
            code = ExitCode.STOPPED
        except (
            Exception,
            SystemExit,
        ) as mistake:  # the last resort: nobody who uses the program should meet a traceback
            code = ExitCode.DONE if _has_read_enough(mistake) else _told(mistake)
        sys.exit(int(code or 0))


def _told(mistake: BaseException) -> ExitCode:
    if DEBUG.get():
        typer.echo("".join(traceback.format_exception(mistake)), err=True)
    typer.echo(f"error: {one_line(sentence_of(mistake))}", err=True)
    return ExitCode.NOTHING


def _has_read_enough(mistake: BaseException) -> bool:
    """Whether whoever reads the output has closed it, as ``head`` does: then nothing failed, and nothing more is said.

    rich gives the output up when that happens and ends the program, so the reason stands behind its SystemExit. Where it
    was not rich that wrote, the output itself is asked: other pipes break too, such as one to a worker.
    """
    if isinstance(mistake, SystemExit):
        return isinstance(mistake.__context__, BrokenPipeError)
    if not isinstance(mistake, BrokenPipeError):
        return False
    with suppress(OSError, ValueError, AttributeError):  # no file behind the output, or a system without poll
        asked = select.poll()
        asked.register(sys.stdout.fileno(), 0)
        if any(event & select.POLLERR for _, event in asked.poll(0)):
            # what is left in the buffer would fail once more when Python ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return True
    return False


def _note_debug(wanted: bool) -> bool:  # noqa: FBT001 - typer calls it with the option's value
    DEBUG.set(DEBUG.get() or wanted)
    return wanted


Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        envvar="WHYLIGHT_DEBUG",
        callback=_note_debug,
        is_eager=True,
        help="Print the traceback of what goes wrong.",
    ),
]


def sentence_of(mistake: BaseException) -> str:
    """What went wrong, for people; what nobody foresaw is named with its type."""
    if isinstance(mistake, UsageError):
        return f"{mistake.format_message().rstrip('.')} (--help shows what can be given)"
    if isinstance(mistake, WhylightError):
        return str(mistake)
    if isinstance(mistake, OSError) and mistake.strerror:
        return f"{mistake.strerror}{f' ({mistake.filename})' if mistake.filename else ''}"
    return f"unexpected mistake: {type(mistake).__name__}: {mistake}; {FOR_THE_TRACEBACK}"
