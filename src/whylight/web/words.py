"""Words for the page: sentences that say nothing about the machine they were made on."""

import re

PATH = re.compile(r"(?<![\w.~/])~?/(?!/)(?:[^\s/'\":;,]+/)+([^\s/'\":;,]*)")


def without_paths(sentence: str) -> str:
    """The sentence with the last name of every absolute path in its place."""
    return PATH.sub(lambda found: found[1] or "…", sentence)
