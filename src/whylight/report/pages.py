"""The templates of the pages: everything that is put into them is escaped."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, Template


def template(name: str, /, **filters: Callable[..., Any]) -> Template:
    """A template of this package, with the functions that it uses on what it shows."""
    pages = Environment(loader=PackageLoader("whylight.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters |= filters
    return pages.get_template(name)
