"""Figures inside a notebook: drawn as vectors, kept in the notebook itself."""

import base64
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

from fer_core.errors import FerError
from fer_core.figures.style import save_figure


def drawing_html(fig: Figure, alt: str) -> str:
    """Return a figure as an HTML image that holds its own vectors; pixels in it are refused."""
    with TemporaryDirectory() as folder:
        file = save_figure(fig, Path(folder) / "drawing.svg")
        require_vectors(file)
        content = base64.b64encode(file.read_bytes()).decode()
    source = f"data:image/svg+xml;base64,{content}"
    return f'<img alt="{escape(alt)}" src="{source}">'


def require_vectors(file: Path) -> None:
    """Delete an SVG file that holds pixels, and raise FerError."""
    if "<image" in file.read_text(encoding="utf-8"):
        file.unlink()
        raise FerError(
            f"the figure {file.stem!r} holds pixels but names no data set; "
            "say whose they are with pixels_of, or draw it with vectors"
        )
