from __future__ import annotations

from dataclasses import replace

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


def test_a_limit_of_time_is_the_evaluators_affair() -> None:
    class Limits(Sums):
        def evaluate(self, job):  # type: ignore[no-untyped-def]
            return replace(super().evaluate(job), reason=str(job.seconds_limit))

    limited = SerialRunner(Limits(), seconds_limit=3.0).run([job("a")])
    assert next(limited).reason == "3.0"
    assert next(SerialRunner(Limits()).run([job("a")])).reason == "None"


def test_what_is_outstanding_is_forgotten_when_the_iterator_is_closed() -> None:
    runner = SerialRunner(Sums())
    running = runner.run([job("a"), job("b")])
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert [a.genome for a in runner.run([job("c")])] == ["c"]
    assert runner.fleet_status().wanted == 0
