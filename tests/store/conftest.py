"""Stores on both engines: a test that asks for ``url`` runs on an empty SQLite file and on an empty PostgreSQL database."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from whylight.store import Model, Picture, Store, StoredExplanation

ACCOUNT = "postgres"
"""Who runs the server when the tests run as root, which PostgreSQL refuses."""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of this test run, reached through a socket in its folder."""

    binaries: Path
    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://{self.account}@/{database}?host={self.folder}"

    def empty(self, number: int) -> str:
        """The address of a database without tables: emptied, since making one takes a second."""
        name = f"t{number}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            there = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
            if there is None:
                connection.execute(f"create database {name}")
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute("drop schema public cascade; create schema public")
        return self.url(name)

    @property
    def account(self) -> str:
        return ACCOUNT if os.geteuid() == 0 else os.environ.get("USER", ACCOUNT)

    def run(self, program: str, *words: str) -> None:
        as_account = ["runuser", "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
        subprocess.run(  # noqa: S603
            [*as_account, str(self.binaries / program), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            timeout=120,
        )


def binaries() -> Path | None:
    """Where PostgreSQL's programs are: on the path, or where Debian puts them."""
    named = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(named).resolve().parent if named else found[-1].parent if found else None


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server; skips where PostgreSQL is not installed."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (on Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="wl-"))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    running = Server(programs, folder)
    data = str(folder / "data")
    running.run("initdb", "-D", data, "-U", running.account, "-A", "trust", "-E", "UTF8", "--no-sync")
    settings = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
    running.run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", settings, "start")
    try:
        yield running
    finally:
        running.run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the engine."""
    return str(request.param)


@pytest.fixture
def url(fresh: Callable[[], str]) -> str:
    """The address of an empty database."""
    return fresh()


@pytest.fixture
def fresh(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Gives the address of one more empty database at each call."""
    made: list[str] = []

    def make() -> str:
        if engine == "sqlite":
            made.append(str(tmp_path / f"{len(made)}.db"))
        else:
            made.append(request.getfixturevalue("server").empty(len(made)))
        return made[-1]

    return make


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    with Store(url) as opened:
        yield opened


MODEL = Model("planted", "abc123", ("ant", "bee", "cat"))


def picture(number: int = 0) -> Picture:
    return Picture(f"{number:064x}", f"grün 猫 {number}.png", 40, 30, "album", number)


def explanation(number: int = 0, rank: int = 1, method: str = "lime", **changed: Any) -> StoredExplanation:
    """An explanation of the picture of that number."""
    plan = {"method": {"name": method, "samples": 300, "sigma": 0.25}, "target": rank - 1, "tiny": 1e-300}
    given = {
        "picture": picture(number).key,
        "model": MODEL.key,
        "plan": plan,
        "method": method,
        "target": rank - 1,
        "label": MODEL.labels[rank - 1],
        "rank": rank,
        "probability": 0.1 + 0.2,
        "details": {"r2": 0.71},
        "flags": ("low_fit",),
    }
    return StoredExplanation(**{**given, **changed})


def kept(store: Store, number: int = 0, **others: Any) -> str:
    """Adds an explanation with all that it needs; returns its key."""
    store.add_picture(picture(number))
    store.add_model(MODEL)
    evidence = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4) + number
    segments = np.arange(12, dtype=np.int64).reshape(3, 4) // 4
    return store.add(explanation(number, **others), evidence=evidence, segments=segments)
