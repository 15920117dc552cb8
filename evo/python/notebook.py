"""What a notebook needs to be told: whether there is one, and how figures are shown in it."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def in_notebook() -> bool:
    """Tell whether a notebook's kernel runs this process."""
    return getattr(_shell(), "kernel", None) is not None


def displayed(figure: Figure) -> Figure:
    """Return a figure that a notebook shows as a picture.

    Figures are made without pyplot, which would have told the notebook how; what a user has said
    of figures stays.
    """
    if in_notebook():
        pictures = _shell().display_formatter.formatters["image/png"]
        if type(figure) not in pictures:
            pictures.for_type(type(figure), _png)
    return figure


def _shell() -> Any:
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


def _png(figure: Figure) -> bytes:
    from evo.plots.style import WHOLE

    image = io.BytesIO()
    figure.savefig(image, format="png", **WHOLE)
    return image.getvalue()
