"""From the options of ``whylight store`` to files and back."""

import json as plain
from pathlib import Path

import typer

from whylight.errors import StoreError
from whylight.report.files import shown_path
from whylight.store import Store
from whylight.store.exchange import ARRAYS, DOCUMENT, LINES
from whylight.whole import check_writable

WORDS = ("pictures", "explanations", "records")
"""The rows that are told; ``--json`` has all."""


def write(folder: Path, where: str, *, json: bool) -> None:
    """Exports a store into a folder of its own. Raises StoreError for a store that is not there, and for a folder with
    files of somebody else."""
    if "://" not in where and not Path(where).expanduser().exists():
        raise StoreError(f"there is no store {where}; name the one that `whylight judge` or `serve` wrote with --store")
    check_writable(folder)
    foreign = sorted({path.name for path in folder.iterdir()} - {*LINES, ARRAYS, DOCUMENT}) if folder.exists() else []
    if foreign:
        raise StoreError(
            f"{shown_path(folder)} holds what is no export, such as {foreign[0]}; name an empty or new folder"
        )
    with Store(where) as store:
        _tell(store.export_to(folder), f"written into {shown_path(folder)}", json=json)


def read(folder: Path, where: str, *, json: bool) -> None:
    """Imports a folder into a store."""
    if not folder.is_dir():  # before a store is made for nothing
        raise StoreError(f"there is no folder {shown_path(folder)}; name the one of an export")
    with Store(where) as store:
        _tell(store.import_from(folder), f"added to {store.where}", json=json)


def _tell(counts: dict[str, int], done: str, *, json: bool) -> None:
    if json:
        typer.echo(plain.dumps(counts))
    else:
        typer.echo(f"{', '.join(f'{counts[name]:,} {name}' for name in WORDS)} {done}")
