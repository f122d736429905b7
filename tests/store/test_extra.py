"""The base installation has no database: whylight works without one, and says what is missing when a store is asked for."""

import subprocess
import sys

import pytest


def run(code: str) -> list[str]:
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return answer.stdout.splitlines()


def test_importing_the_store_imports_no_database() -> None:
    code = (
        "import sys, whylight, whylight.store; print(*sorted({'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules)))"
    )
    assert run(code) == [""]


@pytest.mark.parametrize("missing", ["sqlalchemy", "alembic"])
@pytest.mark.parametrize("asked", ["whylight.Store", "whylight.store.Filter"])
def test_a_missing_package_is_named_with_its_extra(missing: str, asked: str) -> None:
    if (missing, asked) == ("alembic", "whylight.store.Filter"):
        pytest.skip("a filter needs no migrations")
    code = f"import sys; sys.modules[{missing!r}] = None; import whylight, whylight.store\ntry: {asked}\n"
    (told,) = run(code + "except whylight.MissingExtraError as error: print(error)")
    assert "SQLAlchemy with Alembic" in told
    assert "pip install 'whylight[store]'" in told


def test_a_missing_driver_is_named_with_its_extra() -> None:
    code = "import sys; sys.modules['psycopg'] = None; import whylight\n"
    (told,) = run(
        f"{code}try: whylight.Store('postgresql://a@b/c')\nexcept whylight.MissingExtraError as error: print(error)"
    )
    assert "a store in PostgreSQL needs the package psycopg" in told
