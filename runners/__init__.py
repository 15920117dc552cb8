"""Runs jobs in this process, or on Ray workers with packing, retries and time limits.

May import the values of an evaluation; must not know what is trained, strategies or records.
"""

import logging

# Ray's own widgets are never shown; a notebook without ipywidgets would be told so with each run.
logging.getLogger("ray.widgets.util").setLevel(logging.WARNING)
