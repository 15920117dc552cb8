import pytest

from evo.pareto.dominance import Axes, Axis, CurveMetric
from evo.pareto.front import Front, Member

AXES = Axes((
    Axis("accuracy", "max", reference=0.1, ideal=1.0),
    Axis("active_parameters", "min", reference=10_000, ideal=1, scale="log"),
))  # fmt: skip


def adult(accuracy, active, ratio=0.5):
    return {"accuracy": accuracy, "active_parameters": active, "active_ratio": ratio}


def test_keeps_the_non_dominated_in_order_of_ids():
    front = Front(AXES)
    front.add(Member("m002-000", 2, "b", adult(0.9, 100)))
    front.add(Member("m001-003", 1, "a", adult(0.95, 1000)))
    front.add(Member("m003-000", 3, "c", adult(0.8, 200)))  # dominated by m002-000
    assert [member.genome for member in front.members()] == ["m001-003", "m002-000"]
    front.add(Member("m004-000", 4, "d", adult(0.96, 90)))  # dominates everybody
    assert [member.genome for member in front.members()] == ["m004-000"]
    assert front.best() == 0.96


def test_the_same_training_enters_once():
    front = Front(AXES)
    front.add(Member("m001-000", 1, "job", adult(0.9, 100)))
    front.add(Member("m002-000", 2, "job", adult(0.9, 100)))
    assert [member.genome for member in front.members()] == ["m001-000"]


def test_rows_mark_who_is_non_dominated_in_accuracy_and_ratio_alone():
    front = Front(AXES)
    front.add(Member("m001-000", 1, "a", adult(0.90, 100, ratio=0.9)))
    front.add(Member("m001-001", 1, "b", adult(0.95, 1000, ratio=0.2)))
    rows = front.rows()
    assert [row["ratio_front"] for row in rows] == [False, True]
    assert list(rows[0])[:3] == ["genome", "generation", "accuracy"]
    assert all("seconds" not in name for name in rows[0])


def test_the_front_of_accuracy_and_ratio_is_over_all_adults_whatever_the_objectives():
    front = Front(AXES)
    front.add(Member("m001-000", 1, "a", adult(0.95, 100, ratio=0.5)))
    front.add(Member("m001-001", 1, "b", adult(0.95, 900, ratio=0.2)))  # larger, so not on it
    front.add(Member("m002-000", 2, "c", adult(0.90, 90, ratio=0.3)))
    assert [member.genome for member in front.members()] == ["m001-000", "m002-000"]
    assert [member.genome for member in front.by_ratio()] == ["m001-001"]
    assert [row["ratio_front"] for row in front.rows()] == [False, False]


def test_the_front_of_metric_and_ratio_knows_which_way_is_better():
    axes = Axes(
        (Axis("active_parameters", "min", reference=10_000, ideal=1, scale="log"),),
        CurveMetric("rmse", rises=False),
    )
    front = Front(axes)
    for name, rmse, ratio, active in (("a", 52.0, 0.9, 900), ("b", 60.0, 0.2, 800),
                                      ("c", 61.0, 0.3, 90)):  # fmt: skip
        front.add(
            Member(
                name, 1, name, {"rmse": rmse, "active_ratio": ratio, "active_parameters": active}
            )
        )
    assert [member.genome for member in front.members()] == ["c"]
    assert [member.genome for member in front.by_ratio()] == ["a", "b"]
    (row,) = front.rows()
    assert (row["rmse"], row["ratio_front"]) == (61.0, False)


def test_hypervolume_grows_only_with_the_front():
    front = Front(AXES)
    assert front.hypervolume() == 0.0
    front.add(Member("m001-000", 1, "a", adult(0.55, 100)))
    assert front.hypervolume() == pytest.approx(0.25)
    front.add(Member("m001-001", 1, "b", adult(0.5, 200)))
    assert front.hypervolume() == pytest.approx(0.25)
