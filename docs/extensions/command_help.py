"""``{command-help} NAME``: the help text of a command, as this version prints it."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.testing import CliRunner

from whylight.cli.main import app as command_line


class CommandHelp(SphinxDirective):
    """The output of ``whylight NAME --help`` as a block of text."""

    optional_arguments = 2  # a command and one below it

    def run(self) -> list[nodes.Node]:
        """One block, 100 columns wide and without colours."""
        text = help_of(*self.arguments)
        return [nodes.literal_block(text, text, language="text")]


def help_of(*command: str) -> str:
    """What ``whylight COMMAND --help`` prints."""
    environment = {"COLUMNS": "92", "TERMINAL_WIDTH": "92", "NO_COLOR": "1", "TERM": "dumb"}
    result = CliRunner().invoke(command_line, [*command, "--help"], env=environment, prog_name="whylight")
    return result.output.strip("\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True}
