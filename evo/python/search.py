"""`evo.search`: the engine, its strategies and records for a user's own space and function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from evo.engine.listener import Listener
from evo.engine.stopping import stoppable
from evo.errors import BadInput
from evo.python.function_parts import FunctionParts
from evo.python.function_run import FunctionRun
from evo.python.result import Result
from evo.python.search_progress import following
from evo.settings.function_arguments import folder_of
from evo.settings.function_call import Aim, Call
from evo.settings.function_config import Functions
from evo.settings.function_references import refuse_import
from evo.settings.run_arguments import PinValue
from fitness.evaluators.function import Function
from fitness.evaluators.user_code import Costs, Feasible
from genomes.genes.gene import Struct
from genomes.genes.number import shown
from genomes.genes.user_space import Parameter


@stoppable()
def search(
    space: Mapping[str, Parameter] | Struct,
    evaluate: Function,
    *,
    objectives: Mapping[str, Aim],
    epochs: int | Sequence[int],
    budget_epochs: int | None = None,
    generations: int | None = None,
    population: int = 20,
    seed: int = 0,
    strategy: str = "gendered",
    costs: Costs | None = None,
    feasible: Feasible | None = None,
    reference: Mapping[str, float] | None = None,
    ideal: Mapping[str, float] | None = None,
    runner: Literal["serial", "ray"] = "serial",
    workers: int | None = None,
    address: str | None = None,
    cpus_per_worker: float = 1.0,
    gpus_per_worker: float | None = 0.0,
    job_timeout: float | None = None,
    results: str | Path | None = None,
    name: str | None = None,
    storage: str | None = None,
    loggers: Sequence[str] = (),
    keep_all: bool = False,
    watch: bool = False,
    minutes: float | None = None,
    settings: Mapping[str, float | str] | None = None,
    pins: Mapping[str, PinValue] | None = None,
    operators: Mapping[str, Callable[..., object] | str] | None = None,
    overlap: int = 0,
    retry_failed: bool = False,
    progress: Literal["auto"] | bool = "auto",
    listener: Listener | None = None,
) -> Result:
    """Search a space of your own for the points that are best by a function of your own.

    `space` maps names to genes (`evo.Integer`, `Real`, `Choice`, `ListOf`, `Conditional`, or
    mappings of these). `evaluate(parameters, epochs, seed, checkpoint)` trains and returns an
    `evo.Outcome`; what it raises is recorded as failed, with the reason, and the search goes on.
    `objectives` maps names to "max" or "min", or to a pair with the scale: ("min", "log").

    `epochs=(early, full)` calls the function with `epochs=early` first, and for those that are
    promoted again with `epochs=full` and the checkpoint that the first call returned; only the
    epochs from early to full are counted then. With more stages, as `epochs=(3, 9, 27, 81)`, it is
    decided after all but the last who goes on. `epochs=N` is a single fidelity: none is promoted
    early, predictions only decide what is tried. The search ends when `budget_epochs`,
    `generations` or `minutes` are spent, or nothing new is found any more. A call that fails
    counts all of its epochs.

    `costs(parameters)` returns what is known without training: objectives that it names are never
    predicted, other numbers help to predict. `feasible(parameters)` tells which points are
    allowed.

    The hypervolume counts against `reference`, an objective value each. What is not given is the
    worst value among the first adults, far outliers left out, and stays; `result.reference`
    and the record tell it. To compare searches, give it. `ideal` values only scale the objectives
    against each other; what is not given lies as far beyond the best as the worst lies behind it.

    Everything happens in this process and in memory. `runner="ray"` uses `workers` processes, of a
    Ray that is started here or of the cluster at `address` (`auto`, `HOST:PORT`, `ray://HOST:PORT`);
    None takes as many as fit. For each, Ray reserves `cpus_per_worker` cores and `gpus_per_worker`
    GPUs (a share from 0 to 1 or a whole number; None shares all of them evenly). A call that takes
    longer than `job_timeout` seconds (None: 20 times what the slowest so far would have taken, and
    five minutes at least; `inf`: never) is stopped and recorded as timed out, which another
    machine may not repeat.

    `results` keeps the record in a folder `results/name`, and calling again with the same name and
    arguments continues it, also beyond its end with more budget. Such a search may have a mirror
    in the folder or object store `storage`, tell `loggers` (tensorboard, mlflow), keep all
    checkpoints with `keep_all`, and open the live page with `watch`.

    `settings` overrides fields of `evo.strategy.Settings`, `pins` fixes genes by dotted name, as
    `{"predictor.kind": "ridge"}`; a list narrows a choice. `operators` exchanges operators of the
    strategy, as `{"survive": deap.tools.selSPEA2}`, or by text, `"package.module:function"`; see
    docs/strategies.md. With many workers, `overlap=1` lets the next generation begin before the
    slowest calls of one have returned. The same seed gives the same history, wherever it is
    computed.

    `progress` "auto" shows how far it is on a terminal and in a notebook, True also elsewhere,
    False nowhere; `listener` is told of every call and generation.

    A search in which nothing has succeeded stops after 30 calls, and raises `NothingSucceeded`
    with the commonest reason. `retry_failed=True` calls again what failed when a search is
    continued: the history then is as if it had never failed.

    Ctrl-C, SIGINT and SIGTERM end it by a `KeyboardInterrupt` once all that was finished is saved,
    also where SIGINT was ignored; of SIGTERM, it is a SystemExit with code 143, too.

    Raises `BadInput`, a ValueError, for arguments that do not fit, ConnectionError if no cluster
    answers at the address, ValueError if no worker comes up; nothing is written then.
    """
    refuse_import("evo.search")
    config = Call(
        space=space,
        functions=Functions(evaluate, costs, feasible),
        objectives=objectives,
        epochs=epochs,
        plain={
            "generations": generations, "budget_epochs": budget_epochs, "minutes": minutes,
            "population": population, "seed": seed, "strategy": strategy, "overlap": overlap,
            "runner": runner, "workers": workers, "address": address,
            "cpus_per_worker": cpus_per_worker, "gpus_per_worker": gpus_per_worker,
            "job_timeout": job_timeout, "name": name, "storage": storage, "loggers": loggers,
            "keep_all": keep_all,
        },
        reference=reference,
        ideal=ideal,
        settings=settings,
        pins=pins,
        operators=operators,
        results=None if results is None else str(results),
    ).config()  # fmt: skip
    parts = FunctionParts.of(config)
    if progress not in ("auto", True, False):
        raise BadInput(f"received progress={progress!r}, expected 'auto', True or False")
    place = None if results is None else folder_of(results)
    if place is None:
        _check_homeless(
            name=name, storage=storage, loggers=loggers, keep_all=keep_all, watch=watch,
            retry_failed=retry_failed,
        )  # fmt: skip
    limits = config.search.limits
    with parts.started() as run, following(progress, limits, listener, watch=watch) as follower:
        search = FunctionRun(config, run, follower, retry_failed)
        return search.in_memory() if place is None else search.in_folder(place, name)


def _check_homeless(**given: object) -> None:
    """Raise `BadInput` for arguments that a search without a folder has no use for."""
    for name, value in given.items():
        if value:
            raise BadInput(
                f"received {name}={shown(value)} without results=, the folder in which the search "
                "lies"
            )
