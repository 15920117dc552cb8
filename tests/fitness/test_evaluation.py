from fitness.evaluation import Epoch, Evaluation, joined


def part(from_epoch, to_epoch, features=None, **costs):
    curve = tuple(Epoch(e + 1, 1.0, 1.0, e / 10, 1.0, 1.0) for e in range(from_epoch, to_epoch))
    return Evaluation(
        f"key-{to_epoch:04d}", "m1", "key", from_epoch, to_epoch, "ok", curve=curve,
        objectives={"accuracy": to_epoch / 10}, costs=costs, features=features or {},
    )  # fmt: skip


def test_parts_of_a_training_are_joined_to_one():
    first = part(
        0, 1, {"sign": 1.0, "proxy": 3.0}, training_flops=10.0, peak_bytes=7.0, epochs=1.0
    )
    second = part(1, 3, {"sign": 2.0}, training_flops=20.0, peak_bytes=5.0, epochs=2.0)
    whole = joined([first, second])
    assert whole is not None
    assert [epoch.epoch for epoch in whole.curve] == [1, 2, 3]
    assert (whole.job, whole.from_epoch, whole.to_epoch) == ("key-0003", 0, 3)
    assert whole.costs == {"training_flops": 30.0, "peak_bytes": 5.0, "epochs": 3.0}
    assert whole.features == {"sign": 2.0, "proxy": 3.0}
    assert whole.objectives == {"accuracy": 0.3}


def test_one_part_is_itself_and_none_is_none():
    only = part(0, 2)
    assert joined([only]) is only
    assert joined([]) is None
