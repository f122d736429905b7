"""Person: the name under which verdicts of this browser are kept."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.exceptions import HTTPException
from starlette.responses import Response

from whylight.web.browsers import cleaned, remember_person

router = APIRouter(prefix="/person")


@router.post("", response_class=Response)
def keep(name: Annotated[str, Form(max_length=200)]) -> Response:
    """Keeps the name in the browser, and loads the page again."""
    if not cleaned(name):
        raise HTTPException(400, "a name needs a letter")
    answer = Response(status_code=204, headers={"HX-Refresh": "true"})
    remember_person(answer, name)
    return answer
