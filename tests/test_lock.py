"""The lock of a folder: held by one process at a time, and by no dead one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from whylight.errors import RunError
from whylight.lock import NAME, locked

HOLD = """
import sys, time
from pathlib import Path
from whylight.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_process_at_a_time_and_no_dead_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:  # noqa: S603
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=rf"another run is writing to .* \(process {other.pid}\); wait for its end"):
            locked(tmp_path).__enter__()
        other.kill()
        other.wait()
    with locked(tmp_path):
        assert (tmp_path / NAME).read_text() == str(os.getpid())


def test_a_lock_left_behind_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("999999")
    with locked(tmp_path):
        pass
    with locked(tmp_path):
        pass
