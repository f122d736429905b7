"""One sentence for every mistake: ``error: …`` on stderr and an exit code, never a traceback."""

import sys
from enum import IntEnum
from typing import Any

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
    """Wrong usage, or nothing could be done."""
    STOPPED = 130
    """Ctrl-C; what was finished is kept."""


UsageError: Any = typer.BadParameter.__mro__[1]
"""What the parser of options raises; the module that it lives in differs between versions of typer."""


class Commands(TyperGroup):
    """The commands of the program; whatever a user can mend ends as one sentence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The program's name alone asks for help."""
        return super().parse_args(ctx, args or ["--help"])

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Runs the program; with ``standalone_mode`` it ends the process."""
        extra["standalone_mode"] = False
        if not standalone_mode:
            return super().main(*args, **extra)
        try:
            code = super().main(*args, **extra)
        except UsageError as mistake:
            code = _say(f"{mistake.format_message().rstrip('.')} (--help shows what can be given)")
        except WhylightError as mistake:
            code = _say(str(mistake))
        except (KeyboardInterrupt, typer.Abort):
            code = ExitCode.STOPPED
        except OSError as mistake:
            code = _say(_about(mistake))
        sys.exit(int(code or 0))


def _say(sentence: str) -> ExitCode:
    typer.echo(f"error: {one_line(sentence)}", err=True)
    return ExitCode.NOTHING


def _about(mistake: OSError) -> str:
    place = f" ({mistake.filename})" if mistake.filename else ""
    return f"{mistake.strerror or mistake}{place}"
