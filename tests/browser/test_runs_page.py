"""Runs in a real browser: a report shows itself and reaches nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Served, Visit
from tests.browser.listening import listening

from whylight.web.settings import Settings

pytestmark = pytest.mark.slow

REPORT = """<!doctype html><title>mine</title><h1>before</h1><p id="parent"></p><p id="net"></p>
<img alt="a" src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><script>
document.querySelector("h1").textContent = "drawn";
const tell = (id, words) => { document.getElementById(id).textContent = words; };
try { parent.document.title = "stolen"; tell("parent", "reached"); } catch { tell("parent", "apart"); }
try { document.cookie = "a=b"; tell("net", document.cookie || "none"); } catch { tell("net", "none"); }
</script>"""


@pytest.fixture
def with_runs(tmp_path: Path) -> Iterator[Served]:
    """A server with one run, whose report looks around."""
    folder = tmp_path / "runs/first"
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps({"plan": {"model": "mine", "methods": []}, "items": []}))
    (folder / "report.html").write_text(REPORT)
    settings = Settings(
        "planted:count=3,size=32", models=("planted:size=32",), store=str(tmp_path / "a.db"), runs=tmp_path / "runs"
    )
    with listening(settings) as served:
        yield served


def test_a_report_is_shown_apart_from_the_page(visit: Visit, with_runs: Served) -> None:
    page: Any = visit(with_runs).go("/runs")
    page.get_by_role("link", name="first").click()
    report = page.frame_locator("iframe")
    report.get_by_role("heading", name="drawn").wait_for()
    assert report.locator("#parent").text_content() == "apart"
    assert report.locator("#net").text_content() == "none"
    assert "stolen" not in page.title()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open it alone").click()
    alone = opened.value
    alone.get_by_role("heading", name="drawn").wait_for()
    assert alone.locator("#net").text_content() == "none"
