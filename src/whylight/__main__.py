"""``python -m whylight`` is the program ``whylight``."""

from whylight.cli.main import app

if __name__ == "__main__":
    app(prog_name="whylight")
