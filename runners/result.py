"""Carries out one job in this process; whatever the evaluator raises becomes a failed evaluation.

Shared by all runners, so that a job fails in the same words wherever it runs.
"""

from __future__ import annotations

import time

from fitness.evaluation import Evaluation, Evaluator, Job, Status, failure
from genomes.genes.errors import describe_with_place


def carry_out(evaluator: Evaluator, job: Job) -> Evaluation:
    """Evaluate the job; return a failure instead of raising, but for a signal."""
    began = time.monotonic()
    try:
        evaluation = evaluator.evaluate(job)
        _check(evaluation, job)
    except KeyboardInterrupt:  # also one that is a SystemExit: SIGTERM
        raise
    except (Exception, SystemExit) as error:  # a user's function may call sys.exit
        status: Status = "out_of_memory" if isinstance(error, MemoryError) else "failed"
        return failure(job, status, describe_with_place(error), time.monotonic() - began)
    return evaluation


def _check(evaluation: Evaluation, job: Job) -> None:
    if not isinstance(evaluation, Evaluation):
        raise TypeError(f"the evaluator returned {evaluation!r}, expected an Evaluation")
    if evaluation.job != job.name:
        raise ValueError(f"the evaluator returned job {evaluation.job!r}, expected {job.name!r}")
