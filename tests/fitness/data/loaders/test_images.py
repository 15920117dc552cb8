"""`images:FOLDER`: splits, targets, what damage means, and the cache."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.loaders.images import load, recognises
from fitness.data.options import DataOptions
from fitness.data.resident import resident
from fitness.data.streaming.inputs import Streamed
from fitness.data.task_objects import remember
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from tests.fitness.data.images.pictures import class_folders, noise, save, table
from tests.fitness.tiny import expressed, job


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "evo" / "images"


def sizes(task: object) -> list[int]:
    return [len(getattr(task, name)) for name in ("train", "validation", "test")]


def test_a_folder_of_classes_is_split_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = class_folders(tmp_path / "pets", {"cats": 25, "dogs": 25})
    task = TaskReference(str(folder)).load()
    assert (task.name, task.input_shape, task.target.names) == (
        "pets",
        (3, 8, 8),
        ("cats", "dogs"),
    )
    assert sizes(task) == [32, 8, 10]
    assert np.bincount(task.test.y).tolist() == [5, 5]
    assert task.notes[0] == f"task '{folder}' was taken as images:{folder}"
    assert "decoding 50 pictures to 3 x 8 x 8, uint8; they take 0.0 MB" in capsys.readouterr().err
    known = {noise(n).tobytes(): int(n >= 100) for n in [*range(25), *range(100, 125)]}
    for split in (task.train, task.validation, task.test):
        for x, y in zip(split.x, split.y, strict=True):
            assert known.pop(x.transpose(1, 2, 0).tobytes()) == y
    assert known == {}


def test_what_is_decoded_is_kept_and_shared(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = class_folders(tmp_path / "pets", {"cats": 10, "dogs": 10})
    first, said = load(folder), capsys.readouterr().err
    again = load(folder)
    assert str(cache) in said
    assert capsys.readouterr().err == ""
    assert again.fingerprint() == first.fingerprint()
    assert again.notes == first.notes
    (file,) = cache.glob("*/pictures.npy")
    assert file.stat().st_size == 128 + 20 * 3 * 8 * 8
    assert [path.name for path in cache.iterdir()] == [file.parent.name]  # no scratch is left
    examples = resident(again.train, again.target, "cpu")
    assert examples.x.data_ptr() == again.train.x.ctypes.data  # no copy for each worker
    save(folder / "cats" / "0.png", noise(99))
    assert load(folder).fingerprint() != first.fingerprint()
    load(folder, DataOptions(image_size=16))
    assert len(list(cache.iterdir())) == 3


def test_too_many_for_memory_are_streamed_and_trained_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = class_folders(tmp_path / "pets", {"cats": 40, "dogs": 40})
    held, genes = load(folder), expressed(training__augmentation="flip-crop")
    monkeypatch.setattr("fitness.data.loaders.images.HELD_BYTES", 1000)
    task = load(folder)
    assert isinstance(task.train.x, Streamed)
    assert np.array_equal(task.test.x[:], held.test.x)
    assert any("streamed from the cache" in note for note in task.notes)
    task.train.x.read(0, 0)  # maps the file, which does not travel
    assert len(pickle.dumps(task.train.x)) < 3000
    curves = [
        NetworkEvaluator(TaskReference(remember(one)), Numerics()).evaluate(job(genes, 0, 2)).curve
        for one in (held, task)
    ]
    assert len(curves[0]) == 2
    assert curves[0] == curves[1]
    task.train.x.sources[0].file.unlink()
    with pytest.raises(UnusableData, match="are not on this machine: set XDG_CACHE_HOME"):
        pickle.loads(pickle.dumps(task.train.x))[:1]


def test_given_splits_stay_and_validation_is_cut_from_train(tmp_path: Path) -> None:
    class_folders(tmp_path / "data" / "train", {"a": 10, "b": 10})
    class_folders(tmp_path / "data" / "test", {"a": 2, "b": 3}, seed=1)
    task = load(tmp_path / "data")
    assert sizes(task) == [16, 4, 5]
    assert task.test.y.tolist() == [0, 0, 1, 1, 1]
    class_folders(tmp_path / "data" / "val", {"a": 1, "b": 1}, seed=2)
    assert sizes(load(tmp_path / "data")) == [20, 2, 5]


def test_exact_duplicates_stay_in_one_split_and_near_ones_are_told(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "data", {"a": 30, "b": 30})
    for number in range(8):
        save(folder / "a" / f"copy{number}.png", noise(0))
    task = load(folder)
    copies = [
        sum(np.array_equal(x, noise(0).transpose(2, 0, 1)) for x in split.x)
        for split in (task.train, task.validation, task.test)
    ]
    assert sorted(copies) == [0, 0, 9]
    assert not [note for note in task.notes if "near" in note]
    nearly = noise(100)
    nearly[0, 0, 0] ^= 1
    save(folder / "b" / "nearly.png", nearly)
    (note,) = [note for note in load(folder).notes if "near" in note]
    assert note.startswith("near duplicates by their difference hash: 1 ")


def test_grey_is_one_channel(tmp_path: Path) -> None:
    for number in range(20):
        grey = noise(number, channels=1)
        save(tmp_path / "grey" / str(number % 2) / f"{number}.png", grey)
        save(tmp_path / "stored" / str(number % 2) / f"{number}.png", np.stack([grey] * 3, 2))
    one, other = load(tmp_path / "grey"), load(tmp_path / "stored")
    assert one.input_shape == other.input_shape == (1, 8, 8)
    assert np.array_equal(one.train.x, other.train.x)
    assert any("are grey, though some are stored in colour" in note for note in other.notes)


def test_damaged_files_are_named_or_left_out(tmp_path: Path, cache: Path) -> None:
    folder = class_folders(tmp_path / "data", {"a": 10, "b": 10})
    broken = save(folder / "a" / "broken.jpg", noise(5, side=64))
    broken.write_bytes(broken.read_bytes()[:700])
    (folder / "b" / "empty.png").write_bytes(b"")
    with pytest.raises(UnusableData) as caught:
        load(folder)
    text = str(caught.value)
    assert text.startswith(f"{folder}: 2 of 22 pictures cannot be read: {broken} ")
    assert f"{folder / 'b' / 'empty.png'} is empty" in text
    assert "--skip-unreadable" in text
    assert list(cache.iterdir()) == []
    task = load(folder, DataOptions(skip_unreadable=True))
    assert sum(sizes(task)) == 20
    assert "unreadable pictures left out: 2 of 22: a/broken.jpg, b/empty.png" in task.notes


def test_a_class_of_which_too_little_is_readable_is_named(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "data", {"a": 10, "b": 3})
    (folder / "b" / "0.png").write_bytes(b"")
    with pytest.raises(UnusableData, match="fewer than 3 pictures of b"):
        load(folder, DataOptions(skip_unreadable=True))


@pytest.mark.parametrize(
    ("header", "row", "kind", "outputs"),
    [
        ("file,kind", "{{}},{n}k", "classes", 2),
        ("file,x,y", "{{}},{n}.5,{n}", "values", 2),
        ("file,a,b,c", "{{}},{n},{n},{n}", "labels", 3),
    ],
)
def test_targets_of_a_table(
    tmp_path: Path, header: str, row: str, kind: str, outputs: int
) -> None:
    rows = [row.format(n=number % 2) for number in range(20)]
    targets = tuple(header.split(",")[1:])
    task = load(table(tmp_path / "data", header, rows), DataOptions(target=targets))
    assert (task.target.kind, task.target.outputs) == (kind, outputs)
    assert ("flip-crop" in task.augmentations) == (kind != "values")
    assert sizes(task) == [13, 3, 4]


def test_no_room_for_the_cache_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = class_folders(tmp_path / "data", {"a": 10, "b": 10})
    monkeypatch.setattr("fitness.data.images.store.SPARE", 1e15)
    with pytest.raises(UnusableData, match=r"MB are free, .*Set XDG_CACHE_HOME"):
        load(folder)


def test_folders_of_pictures_are_recognised(tmp_path: Path) -> None:
    assert recognises(class_folders(tmp_path / "data", {"a": 1}))
    (tmp_path / "none").mkdir()
    assert not recognises(tmp_path / "none")
    assert not recognises(tmp_path / "data" / "a" / "0.png")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        load(tmp_path / "absent")


def test_columns_of_a_table_are_groups_of_the_metric(tmp_path: Path) -> None:
    rows = [f"{{}},{n % 2 + 0.5},{'lake' if n % 5 == 0 else 'wood'}" for n in range(50)]
    folder = table(tmp_path / "pets", "file,age,place", rows)
    task = load(folder, DataOptions(metric_group=("place",)))
    assert task.group_names == ("lake", "wood")
    assert task.target.kind == "values"
    assert not any("not used" in note for note in task.notes)
    groups = [one.groups for one in (task.train, task.validation, task.test)]
    assert [np.bincount(one).tolist() for one in groups] == [[6, 26], [2, 6], [2, 8]]  # type: ignore[arg-type]
    again = load(folder, DataOptions(metric_group=("place",)))  # out of the cache
    assert again.fingerprint() == task.fingerprint()
    with pytest.raises(UnusableData, match=r"unknown column 'plac'. Did you mean 'place'"):
        load(folder, DataOptions(metric_group=("plac",)))
