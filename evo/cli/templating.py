"""`evo template`: an experiment on this engine that tools of automated research edit and rerun."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.cli.arguments import at_once


def template(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="The folder to write; new, or empty.", callback=at_once
        ),
    ],
    task: Annotated[str, typer.Option(help="What to learn: {tasks}, or npz:FILE.")] = "digits",
    seeds: Annotated[int, typer.Option(metavar="K", min=1, help="Searches a run.")] = 3,
) -> None:
    """Write an experiment that tools of automated research can edit and run again.

    Writes experiment.py, plot.py, prompt.json and seed_ideas.json, in the form of The AI
    Scientist.
    """
    from rich.console import Console

    from evo.files.paths import quoted, shown
    from evo.template.folder import write_template
    from evo.terminal.printing import say

    console = Console()
    for path in write_template(folder, task, seeds):
        say(console, f"  {shown(path)}")
    say(console, "Run the baseline and draw it:")
    say(
        console, f"  cd {quoted(folder)} && python experiment.py --out_dir run_0 && python plot.py"
    )
