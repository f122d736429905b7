"""Settings: everything that ``whylight serve`` was asked for, as one frozen value."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Settings:
    """``data``, ``data_root``, ``store``, ``device``, ``batch_size``: as on the command line. ``models``: the classifiers
    that the page offers, the first of them for judging; no others can be asked for. ``methods``: what may be shown; none
    means those that suit the classifier. ``person``: who judges unless a browser says another name. ``runs``: a folder with
    results of ``evaluate``. ``token``: what every visitor must know; None where only this machine is served.

    ``ahead``: whether what a verdict is going to bring is made while the person looks, when nothing else is to be done.
    ``most_bytes``, ``most_pixels``: of a picture that is sent. ``most_waiting``: jobs in the queue.
    """

    data: str = "planted"
    data_root: Path | None = None
    models: tuple[str | None, ...] = (None,)
    methods: tuple[str, ...] = ()
    store: str = "whylight.db"
    person: str = "somebody"
    learning: bool = True
    ahead: bool = True
    seed: int = 0
    runs: Path | None = None
    device: str = "cpu"
    batch_size: int | None = None
    host: str = "127.0.0.1"
    token: str | None = None
    most_bytes: int = 20 * MEBIBYTE
    most_pixels: int = 40_000_000
    most_waiting: int = 8

    @property
    def is_local(self) -> bool:
        """Whether only programs of this machine can reach the server."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether an address means this machine: ``localhost``, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
