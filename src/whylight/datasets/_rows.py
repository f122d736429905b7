"""Files of rows: pictures of one size, one behind the other, of which only the one that is asked for is read."""

from pathlib import Path

from whylight.errors import DataError, PictureError


def rows_in(path: Path, size: int) -> int:
    """How many rows of ``size`` bytes a file has; raises DataError when it has none or ends within one."""
    length = path.stat().st_size
    if length == 0 or length % size:
        raise DataError(f"expected rows of {size} bytes in {path}; got {length} bytes, so copy it again")
    return length // size


def read_row(path: Path, row: int, size: int) -> bytes:
    """The bytes of a row; raises PictureError when it cannot be read any more."""
    try:
        with path.open("rb") as file:
            file.seek(row * size)
            content = file.read(size)
    except OSError as error:
        raise PictureError(f"{path} cannot be read ({error.strerror}); check the disk") from error
    if len(content) != size:
        raise PictureError(f"{path} ends within row {row}; copy it again")
    return content
