"""Forms: what pages that ask for maps of a picture take from a browser."""

from typing import Annotated, Any

from fastapi import File, Form, Path

PATIENCE = 0.4
"""Seconds after which a page shows progress."""
MOST_OF_A_LIST = 60

Sent = Annotated[Any, File(json_schema_extra={"type": "string", "format": "binary"})]
"""A file (FastAPI hands over starlette's UploadFile), or text where that came."""
Texts = Annotated[list[str], Form(max_length=MOST_OF_A_LIST)]
Key = Annotated[str, Path(pattern="^[0-9a-f]{8,128}$")]
"""Of a picture."""
