"""Pictures for the gallery: every figure that a block of an example has named, once."""

from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst


def figures(block: Any, block_variables: dict[str, Any], gallery: dict[str, Any]) -> str:  # noqa: ARG001 (sphinx-gallery's signature)
    """Writes the new figures among an example's variables, and gives the markup that shows them."""
    variables, paths = block_variables["example_globals"], block_variables["image_path_iterator"]
    shown = variables.setdefault("_shown_figures", [])
    written = []
    for value in list(variables.values()):
        if isinstance(value, Figure) and not any(value is figure for figure in shown):
            path = next(paths)
            value.savefig(path)
            shown.append(value)
            written.append(path)
    markup: str = figure_rst(written, gallery["src_dir"])
    return markup
