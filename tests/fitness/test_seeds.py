from fitness.seeds import derived


def test_seeds_differ_by_every_part_and_by_nothing_else() -> None:
    parts = [(1,), (1, 2), (2, 1), (1, 2, "order"), (1, 2, "dropout"), (1, 3, "order")]
    seeds = [derived(*part) for part in parts]  # type: ignore[arg-type]
    assert len(set(seeds)) == len(parts)
    assert seeds == [derived(*part) for part in parts]  # type: ignore[arg-type]
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_value_is_fixed_for_all_time() -> None:
    assert derived(5, 1, "order") == 2415959126766994344


def test_seeds_of_any_size_are_taken() -> None:
    assert derived(2**128 - 1, "weights") != derived(2**127, "weights")
