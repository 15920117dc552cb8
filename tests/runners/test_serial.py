from __future__ import annotations

from runners.serial import SerialRunner
from tests.runners.toys import Sums, job


def test_jobs_are_answered_in_order_and_one_failure_stops_nothing() -> None:
    jobs = [job("a"), job("b", wrong="x"), job("c")]
    runner = SerialRunner(Sums(offset=1.0))
    assert "this process" in runner.start()
    answers = list(runner.run(jobs))
    runner.close()
    assert [(a.genome, a.status) for a in answers] == [("a", "ok"), ("b", "failed"), ("c", "ok")]
    assert answers[0] == Sums(offset=1.0).evaluate(jobs[0])


def test_nothing_runs_before_it_is_asked_for() -> None:
    done = []

    class Notes(Sums):
        def evaluate(self, job):  # type: ignore[no-untyped-def]
            done.append(job.genome)
            return super().evaluate(job)

    answers = SerialRunner(Notes()).run([job("a"), job("b")])
    assert done == []
    next(answers)
    assert done == ["a"]
