"""Pictures of the store, and the layers of an explanation, by their keys."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from whylight.web import drawing
from whylight.web.state import state_of

router = APIRouter()

Key = Annotated[str, Path(pattern="^[0-9a-f]{8,128}$")]
ALWAYS = {"cache-control": "private, max-age=86400, immutable"}


class WebP(Response):
    """What is drawn here never changes: its key is a hash of what it shows."""

    media_type = "image/webp"


@router.get("/pictures/{key}", response_class=WebP)
def picture(request: Request, key: Key) -> WebP:
    """A small copy of a picture."""
    state = state_of(request)
    row = state.store.picture(key)
    return WebP(state.files.get((key,), lambda: drawing.thumbnail(state, row)), headers=ALWAYS)


@router.get("/explanations/{key}/{layer}", response_class=WebP)
def explanation(request: Request, key: Key, layer: drawing.Layer) -> WebP:
    """One of the layers that lie on each other: ``photo``, ``supports``, ``hinders``."""
    state = state_of(request)
    row = state.store.load(key)
    return WebP(state.files.get((key, layer), lambda: drawing.layer(state, row, layer)), headers=ALWAYS)
