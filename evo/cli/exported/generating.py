"""`evo generate`: an exported network continues a text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.cli.arguments import at_once


def generate(
    exported: Annotated[
        Path,
        typer.Argument(
            metavar="EXPORTED_DIR", help="A folder that evo export wrote.", callback=at_once
        ),
    ],
    prompt: Annotated[str, typer.Option(metavar="TEXT", help="The text that is continued.")],
    tokens: Annotated[
        int, typer.Option(metavar="N", min=1, help="Stop after so many tokens.")
    ] = 200,
    temperature: Annotated[
        float, typer.Option(help="Below 1 likely tokens get likelier; 0 takes the likeliest.")
    ] = 1.0,
    top_k: Annotated[
        int, typer.Option(metavar="K", help="Draw among the K likeliest tokens; 0 takes all.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
    activity: Annotated[
        bool,
        typer.Option("--activity", help="Say on stderr how open the network's gates have been."),
    ] = False,
    heat_map: Annotated[
        Path | None,
        typer.Option(
            metavar="NAME",
            help="Draw that by layer and token, as NAME.png, .svg and .csv.",
            callback=at_once,
        ),
    ] = None,
) -> None:
    """Continue a text by an exported network, token after token.

    Rebuilds it from spec.json and the weights, so a folder of unknown origin runs no code.
    """
    from evo.errors import BadInput
    from evo.files.paths import shown
    from evo.generation.sampling import Sampling
    from evo.generation.text_export import TextExport
    from evo.terminal.activity import activity_lines
    from evo.terminal.text_stream import TextStream

    sampling = Sampling(temperature, top_k)
    export = TextExport.of(exported)
    if heat_map is not None:
        from evo.generation.heat_map import reserve, write

        reserve(heat_map)
        if not export.continuation.gates:
            raise BadInput(f"--heat-map: {shown(exported)} has no gates to be drawn")
    found = export.continued(prompt, tokens, sampling, seed)
    stream = TextStream()
    stream.write(prompt.encode())
    made = []
    for token in found:
        stream.write(token)
        made.append(token)
    stream.end()
    if activity:
        for line in activity_lines(export.continuation.activity):
            typer.echo(line, err=True)
    if heat_map is not None:
        written = write(export.continuation.activity, made, heat_map)
        typer.echo(f"Heat map: {', '.join(map(shown, written))}", err=True)
