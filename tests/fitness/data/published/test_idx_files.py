"""Four IDX files are found together in a folder, or fetched and checked."""

from pathlib import Path

import pytest

from fitness.data.downloads import DownloadError, file_md5, has_md5
from fitness.data.published.idx_files import NAMES, IdxFiles


def anything(path: Path) -> None:
    """Accept every file."""


def data_set(**changes: object) -> IdxFiles:
    given = {
        "name": "tiny",
        "title": "Tiny",
        "folder": "TINY",
        "addresses": (),
        "check": anything,
        "advice": "ask a friend.",
    }
    return IdxFiles(**{**given, **changes})


def fill(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for place, name in enumerate(NAMES):
        (folder / (name if place else f"{name}.gz")).write_bytes(name.encode())
    return folder


@pytest.mark.parametrize("inside", ["", "tiny", "TINY/raw"])
def test_files_are_found_in_a_data_dir(tmp_path: Path, inside: str) -> None:
    folder = fill(tmp_path / "data" / inside)
    found = data_set().find(tmp_path / "data")
    assert list(found) == list(NAMES)
    assert {path.parent for path in found.values()} == {folder}


def test_an_incomplete_folder_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    system, cache = fill(tmp_path / "system"), fill(tmp_path / "cache" / "evo" / "tiny")
    (system / NAMES[3]).unlink()
    assert data_set(system=system).find(None)[NAMES[3]].parent == cache
    with pytest.raises(FileNotFoundError, match="does not hold Tiny: train-images"):
        data_set().find(system)


def test_what_is_fetched_has_to_pass_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    served = tmp_path / "served"
    served.mkdir()
    for name in NAMES:
        (served / f"{name}.gz").write_bytes(b"contents")
    address = served.as_uri() + "/"
    with pytest.raises(DownloadError, match=r"has the MD5 98bf7d8c15784f0a3d63204441e1e2aa, exp"):
        data_set(addresses=(address,), check=has_md5("0" * 32)).find(None)
    right = has_md5(file_md5(served / f"{NAMES[0]}.gz"))
    found = data_set(addresses=(address,), check=right).find(None)
    assert found[NAMES[2]].read_bytes() == b"contents"


def test_without_a_network_there_is_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DownloadError, match=r"Tiny is on none of .*\n.*\n.*ask a friend"):
        data_set(addresses=("file:///nowhere/",)).find(None)
