"""What the workers of a run do, for the live view."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from evo.text.amounts import duration
from fitness.evaluation import Job
from runners.events import FleetStatus, Post

ROWS = 8  # workers that are shown, those first that have been at their job for longest


def fleet_text(fleet_status: FleetStatus) -> str:
    """Word how many work, e.g. `workers 3 of 4 up, 2 busy; retried: ...`; empty without any."""
    if not fleet_status.wanted:
        return ""
    last = f"; {fleet_status.last}" if fleet_status.last else ""
    return f"workers {fleet_status.up} of {fleet_status.wanted} up, {fleet_status.busy} busy{last}"


def fleet_view(fleet_status: FleetStatus) -> list[RenderableType]:
    """Return a line about all workers and a table of who trains what; nothing without any."""
    if not fleet_status.wanted:
        return []
    view: list[RenderableType] = [
        Text(fleet_text(fleet_status), style="dim", no_wrap=True, overflow="ellipsis")
    ]
    shown = sorted(fleet_status.posts, key=lambda post: -post.seconds)[:ROWS]
    if shown:
        view.append(_table(shown))
    if more := fleet_status.busy - len(shown):
        view.append(Text(f"  and {more} more", style="dim"))
    return view


def _table(posts: list[Post]) -> Table:
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "left", "left", "right"):
        table.add_column(style="dim", no_wrap=True, justify=justify)
    for post in posts:
        table.add_row(
            f"  {post.worker}", post.job.genome, _epochs(post.job), duration(post.seconds)
        )
    return table


def _epochs(job: Job) -> str:
    first, last = job.from_epoch + 1, job.to_epoch
    return f"epoch {last}" if first == last else f"epochs {first} to {last}"
