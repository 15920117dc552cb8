"""Carries out one job in this process; whatever the evaluator raises becomes an answer.

Shared by all runners, so that a job fails in the same words wherever it runs.
"""

from __future__ import annotations

import time
import traceback

from fitness.evaluation import Evaluation, Evaluator, Job, Status, failure


def answer(evaluator: Evaluator, job: Job) -> Evaluation:
    """Evaluate the job; answer with a failure instead of raising, but for a signal."""
    began = time.monotonic()
    try:
        evaluation = evaluator.evaluate(job)
        _check(evaluation, job)
    except KeyboardInterrupt:  # also one that is a SystemExit: SIGTERM
        raise
    except (Exception, SystemExit) as error:  # a user's function may call sys.exit
        status: Status = "out_of_memory" if isinstance(error, MemoryError) else "failed"
        return failure(job, status, describe(error), time.monotonic() - began)
    return evaluation


def describe(error: BaseException) -> str:
    """Word an exception in one line, with the place in the code that raised it."""
    text = f"{type(error).__name__}: {error}".strip(": ")
    text = text.encode(errors="backslashreplace").decode()  # names of files need not be text
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return text
    file = frames[-1].filename.rsplit("/", 1)[-1]
    return f"{text} ({file}, line {frames[-1].lineno})"


def _check(evaluation: Evaluation, job: Job) -> None:
    if not isinstance(evaluation, Evaluation):
        raise TypeError(f"the evaluator answered {evaluation!r}, expected an Evaluation")
    if evaluation.job != job.name:
        raise ValueError(f"the evaluator answered job {evaluation.job!r}, expected {job.name!r}")
