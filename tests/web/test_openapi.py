"""Whatever the page's own description allows to be sent: no answer is a server's mistake, and none says where things lie."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from starlette.testclient import TestClient
from tests.web.conftest import HOST, METHODS, token_of

from whylight.web.app import create_app
from whylight.web.settings import Settings
from whylight.web.state import opened

EXAMPLES = 8


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser before a server that all examples share."""
    folder = tmp_path_factory.mktemp("openapi")
    (folder / "runs").mkdir()
    settings = Settings(
        data="planted:count=3,size=32",
        models=("planted:size=32",),
        methods=METHODS,
        store=str(folder / "judged.db"),
        runs=folder / "runs",
    )
    with (
        opened(settings) as state,
        TestClient(create_app(state), base_url=HOST, raise_server_exceptions=False) as client,
    ):
        client.get("/explain")
        client.headers["x-csrf-token"] = token_of(client)
        yield client


OPERATIONS = 15
"""At least so many; more when pages are added."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")  # schemathesis draws by random
def test_nothing_that_is_sent_is_a_server_mistake(asked: TestClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    described: Any = schemathesis.openapi.from_dict(asked.get("/openapi.json").json())
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= OPERATIONS
    places = (str(Path.home()), str(tmp_path_factory.getbasetemp()))
    for operation in operations:

        @hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck))
        @hypothesis.given(case=operation.as_strategy())
        def check(case: Any) -> None:
            answer = send(asked, case)
            assert answer.status_code < 500 or answer.status_code == 503, (case, answer.text)
            assert "Traceback" not in answer.text
            assert not any(place in answer.text for place in places)

        check()


def send(asked: TestClient, case: Any) -> Any:
    """Sends what was made up, as this browser."""
    sent = case.as_transport_kwargs(base_url=HOST)
    body = sent.pop("data", None)
    sent["content" if isinstance(body, bytes | str) else "data"] = body
    kept = {name: sent[name] for name in ("params", "content", "data", "json", "files") if sent.get(name) is not None}
    headers = {name: value for name, value in (sent.get("headers") or {}).items() if name.lower() != "cookie"}
    return asked.request(sent["method"], sent["url"], headers=headers, follow_redirects=False, **kept)
