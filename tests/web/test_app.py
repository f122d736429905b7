"""The pages stand in the navigation, answer, and bring only what is theirs."""

import re

import pytest
from starlette.testclient import TestClient

from whylight.web import pages


def test_the_start_is_judging(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/judge")


@pytest.mark.parametrize("entry", pages.entries(), ids=lambda entry: entry.name)
def test_a_page_answers_and_stands_in_the_navigation(client: TestClient, entry: pages.Entry) -> None:
    answer = client.get(entry.address)
    assert answer.status_code == 200
    assert f'<a href="{entry.address}" aria-current="page">{entry.name}</a>' in answer.text
    assert answer.text.count('aria-current="page"') == 1


@pytest.mark.parametrize("entry", pages.entries(), ids=lambda entry: entry.name)
def test_a_page_needs_no_other_place(client: TestClient, entry: pages.Entry) -> None:
    text = client.get(entry.address).text
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text) == []
    for address in re.findall(r'(?:src|href|action)="([^"]*)"', text):
        assert address.startswith(("/", "#")), address
        assert not address.startswith("//")


def test_each_page_has_a_place_of_its_own() -> None:
    places = [entry.place for entry in pages.entries()]
    assert places == sorted(set(places))


def test_htmx_comes_with_its_licence(client: TestClient) -> None:
    assert client.get("/static/htmx.min.js").status_code == 200
    assert "Zero-Clause BSD" in client.get("/static/htmx.LICENSE").text


def test_the_name_of_a_person_is_kept(client: TestClient) -> None:
    assert ">Ada<" in client.get("/explain").text
    assert client.post("/person", data={"name": " Grace \n Höpper "}).status_code == 204
    assert ">Grace Höpper<" in client.get("/explain").text
    assert client.post("/person", data={"name": " \n"}).status_code == 400
