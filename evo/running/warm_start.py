"""Takes over from another run: the front's genomes and the best females found a population."""

from __future__ import annotations

from pathlib import Path

from evo.errors import BadInput
from evo.findings.choice import signed
from evo.findings.front_table import axes_of_run, stored_front
from evo.problems.network_problem import NetworkProblem
from evo.record.earlier_versions import genes_apart
from evo.record.recorder import RunRecord
from evo.settings.config import RunConfig
from genomes.genes.genome import Genome


def founders_of(config: RunConfig, problem: NetworkProblem) -> tuple[Genome, ...]:
    """Return the front's genomes and the best females of another run, fitted to this space."""
    if config.warm_start is None:
        return ()
    record = RunRecord.open(Path(config.warm_start), read_only=True)
    try:
        front = stored_front(record.folder, record.store)
        metric = axes_of_run(record.folder, record.store).curve_metric
        front.sort(key=lambda row: signed(metric, row[metric.name]))
        genomes = record.legacy([row["genome"] for row in front])
        if apart := genes_apart(problem.space, genomes):
            raise BadInput(
                f"--warm-start {config.warm_start}: {apart}. A run founds others of the same "
                "family and proxies, bred by an evo that has the same genes."
            )
        return tuple(problem.adopted(genome) for genome in genomes)
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput(
            f"--warm-start {config.warm_start}: its genomes do not fit this run: {error}"
        ) from None
    finally:
        record.close()
