"""Downloads: checked, atomic, and clear about what failed. Served from this machine."""

import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fitness.data.downloads import DownloadError, cache_folder, content_sha256, download

CONTENTS = b"some data" * 100
SHA256 = hashlib.sha256(CONTENTS).hexdigest()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    served = tmp_path / "served"
    served.mkdir()
    (served / "data.gz").write_bytes(gzip.compress(CONTENTS))
    (served / "other.gz").write_bytes(gzip.compress(b"other"))
    (served / "half.gz").write_bytes(gzip.compress(CONTENTS)[:-8])
    handler = partial(QuietHandler, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_a_file_is_fetched_into_a_new_folder(server: str, tmp_path: Path) -> None:
    target = tmp_path / "cache" / "deep" / "data.gz"
    download([f"{server}/data.gz"], target, SHA256)
    assert gzip.decompress(target.read_bytes()) == CONTENTS
    assert list(target.parent.iterdir()) == [target]


def test_the_next_address_is_tried(server: str, tmp_path: Path) -> None:
    target = tmp_path / "data.gz"
    download([f"{server}/absent", f"{server}/other.gz", f"{server}/data.gz"], target, SHA256)
    assert content_sha256(target) == SHA256


@pytest.mark.parametrize(
    ("name", "reason"),
    [("absent", "HTTP Error 404"), ("other.gz", "expected " + SHA256), ("half.gz", "truncated")],
)
def test_nothing_is_left_behind_by_a_failure(
    server: str, tmp_path: Path, name: str, reason: str
) -> None:
    target = tmp_path / "cache" / "data.gz"
    with pytest.raises(DownloadError, match=reason) as caught:
        download([f"{server}/{name}"], target, SHA256)
    assert f"{server}/{name}" in str(caught.value)
    assert list(target.parent.iterdir()) == []


def test_repacked_contents_have_the_same_checksum(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(CONTENTS)
    packed.write_bytes(gzip.compress(CONTENTS, compresslevel=1, mtime=7))
    assert content_sha256(plain) == content_sha256(packed) == SHA256


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache_folder("things") == Path("/elsewhere/evo/things")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/someone")
    assert cache_folder("things") == Path("/home/someone/.cache/evo/things")
