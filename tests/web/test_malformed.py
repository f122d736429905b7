"""Posts that no page makes: broken forms, wrong types, odd characters; none of them is a mistake of the server."""

import pytest
from starlette.testclient import TestClient

from whylight.web import pages

CONTENTS = {
    "nothing": ("", b""),
    "no boundary": ("multipart/form-data", b"--x\r\n\r\n--x--"),
    "cut": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a'),
    "no name": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
    "no header": ("multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
    "long boundary": (f"multipart/form-data; boundary={'x' * 3000}", b"--x--"),
    "many parts": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="models"\r\n\r\na\r\n' * 2000 + b"--x--\r\n",
    ),
    "a text as the file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\na\r\n--x--\r\n',
    ),
    "json for a form": ("application/json", b'{"explanation": 1, "up": "x"}'),
    "no json": ("application/json", b'{"a":'),
    "deep json": ("application/json", b"[" * 20_000),
    "no text": ("application/x-www-form-urlencoded", b"\xff\xfe=%ff&explanation=%00&up=%f0%9f&name=%ed%a0%80&rank=1e9"),
    "many fields": ("application/x-www-form-urlencoded", b"&".join(b"methods=x" for _ in range(3000))),
    "odd type": ("\u00e4/\u00f6".encode("latin-1").decode("latin-1"), b"x"),
}


def addresses(client: TestClient) -> list[str]:
    described = client.get("/openapi.json").json()["paths"]
    return [path.replace("{id}", "x").replace("{key}", "0" * 64) for path, ways in described.items() if "post" in ways]


@pytest.mark.parametrize(("kind", "content"), CONTENTS.values(), ids=CONTENTS)
def test_a_malformed_post_is_a_mistake_of_its_sender(client: TestClient, kind: str, content: bytes) -> None:
    headers = {b"content-type": kind.encode("latin-1")} if kind else {}
    sent = {**{name.encode(): value.encode() for name, value in client.headers.items()}, **headers}
    for address in addresses(client):
        answer = client.post(address, content=content, headers=sent)
        assert answer.status_code < 500, (address, answer.text)
        assert "Traceback" not in answer.text
        assert len(answer.text) < 200 or answer.status_code == 200, (address, answer.text)


@pytest.mark.parametrize(
    "query", ["?person=%00", "?since=x", "?page=-1", "?before=99999999999999999999", "?up=maybe", "?%ff=%fe"]
)
def test_an_odd_question_is_answered(client: TestClient, query: str) -> None:
    for entry in pages.entries():
        answer = client.get(entry.address + query, headers={"accept": "text/html"})
        assert answer.status_code < 500, (entry.address, query)
