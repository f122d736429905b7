"""How the manual is built: Markdown through MyST, examples run by sphinx-gallery, no network."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

import whylight

project = "whylight"
author = "the whylight authors"
copyright = "the whylight authors"
version = release = whylight.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_gallery.gen_gallery",
    "command_help",
    "part_entry",
]
exclude_patterns = ["_build", "gallery/**/*.ipynb", "gallery/**/*.py", "examples"]
nitpicky = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = "whylight"
html_static_path = ["static"]
html_css_files = ["whylight.css"]
html_copy_source = False
html_show_sourcelink = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": "/plot_",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "image_scrapers": ("figure_scraper.figures",),
    "show_memory": False,
    "show_signature": False,
    "plot_gallery": "True",
    "remove_config_comments": True,
    "min_reported_time": 1000,
    "write_computation_times": False,
}
