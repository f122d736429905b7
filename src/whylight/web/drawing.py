"""Drawing: the picture and the two layers of evidence over it, as files that the browser lays on each other."""

from typing import Literal

import torch
from PIL import Image
from starlette.exceptions import HTTPException

from whylight.feedback.showing import frame_in
from whylight.frame import Frame
from whylight.plots import colours, panels
from whylight.report import layers
from whylight.store import Picture, StoredExplanation
from whylight.web.state import State
from whylight.web.uploads import UPLOADED, decoded

Layer = Literal["photo", "supports", "hinders"]
LONGEST = 1024
"""The longer side of what is drawn, in pixels."""
THUMBNAIL = 192


def picture_of(state: State, row: Picture) -> Image.Image:
    """The pixels of a picture in the store: from the data, or the file that was sent; 404 where neither is at hand."""
    if row.source == state.settings.data and row.place is not None and row.place < len(state.dataset):
        sample = state.dataset[row.place]
        if sample.key == row.key:
            return sample.picture
    content = state.store.content(row.key) if row.source == UPLOADED else None
    if content is None:
        raise HTTPException(404)
    return decoded(content, row.name, state.settings)


def thumbnail(state: State, row: Picture) -> bytes:
    """A small copy of a picture, in RGB; tiny pictures keep their squares."""
    picture = panels.shrunk(picture_of(state, row).convert("RGB"), THUMBNAIL)
    return layers.webp(picture)


def layer(state: State, explanation: StoredExplanation, wanted: Layer) -> bytes:
    """The picture as the classifier saw it (the rest is hatched), or one sign of the evidence over it."""
    picture = picture_of(state, state.store.picture(explanation.picture)).convert("RGB")
    frame = frame_of(state, explanation, picture)
    shown = panels.shrunk(picture, LONGEST)
    seen = panels.scaled(frame, (shown.height, shown.width))
    if wanted == "photo":
        return layers.webp(Image.fromarray(panels.picture_panel(shown, seen)))
    if explanation.evidence is None:
        raise HTTPException(404)
    kept = torch.from_numpy(state.store.array(explanation.evidence)).float()
    evidence = seen.to_picture(kept).numpy()
    factor = panels.factor_for((shown.height, shown.width))
    size = (shown.width * factor, shown.height * factor)
    supports, hinders = layers.painted(evidence, size, colours.limit_of(evidence))
    return layers.webp(supports if wanted == "supports" else hinders)


def frame_of(state: State, explanation: StoredExplanation, picture: Image.Image) -> Frame:
    """Which part of the picture the classifier saw: as it was kept, or as the model says where it is loaded."""
    kept = frame_in(explanation)
    if kept is not None:
        return kept
    classifier = state.models.of_key(explanation.model)
    if classifier is not None:
        return classifier.fit(picture)[1]
    return Frame((picture.height, picture.width), (0.0, 0.0, float(picture.width), float(picture.height)))
