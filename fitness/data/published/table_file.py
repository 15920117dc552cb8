"""Data sets that are one file of numbers between commas, without a header: found, or fetched.

As published they are packed, with a checksum; unpacked ones are taken from a folder of data.
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.downloads import DownloadError, cache_folder, fetch, has_sha256
from fitness.data.idx import read_bytes

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TableFile:
    """A file `packed` that holds `inside` (gzip, or a tar with it), and what has to be in it.

    `sha256` is that of the packed file; `rows` and `columns` are those of the table.
    """

    name: str
    title: str
    packed: str
    inside: str
    addresses: Sequence[str]
    sha256: str
    rows: int
    columns: int

    def read(self, data_dir: Path | None) -> Numbers:
        """Return the table (rows, columns); what is packed has to have the checksum.

        Raises FileNotFoundError, with what to do, if it is neither found nor can be downloaded,
        ValueError, naming the file, if it is damaged or something else.
        """
        path = self._find(data_dir)
        try:
            if path.name == self.packed:
                has_sha256(self.sha256)(path)
            found = _parsed(self._contents(path))
        except (ValueError, EOFError, OSError, KeyError, tarfile.TarError, zlib.error) as error:
            raise ValueError(f"{path} is damaged ({error}); fetch it again") from None
        if found.shape != (self.rows, self.columns):
            raise ValueError(
                f"{path} does not hold {self.title}: expected {self.rows:,} rows of "
                f"{self.columns} numbers, found {' x '.join(f'{n:,}' for n in found.shape)}. For "
                "other data use --task csv:FILE"
            )
        return found

    def _find(self, data_dir: Path | None) -> Path:
        folder = cache_folder(self.name) if data_dir is None else data_dir
        places = [
            folder / self.inside,
            folder / Path(self.inside).name,
            folder / self.packed,
        ]
        for place in places:
            if place.is_file():
                return place
        if data_dir is not None:
            raise FileNotFoundError(
                f"{data_dir} does not hold {self.title}: {self.packed} is expected in it, or "
                f"{self.inside} as it is in there. It is at {self.addresses[0]}. Correct "
                "--data-dir, or leave it out to download"
            )
        try:
            fetch(self.addresses, folder / self.packed, has_sha256(self.sha256))
        except DownloadError as error:
            raise DownloadError(
                f"{self.title} is not in {folder}, and {error}\nWithout a network: fetch "
                f"{self.packed} elsewhere, put it into a folder and give that with --data-dir."
            ) from None
        return folder / self.packed

    def _contents(self, path: Path) -> bytes:
        """Return the text of the table; nothing is written anywhere."""
        if path.name != self.packed or not tarfile.is_tarfile(path):
            return read_bytes(path)
        with tarfile.open(path) as archive:
            file = archive.extractfile(self.inside)
            if file is None:
                raise ValueError(f"{self.inside} is no file")
            return file.read()


def _parsed(contents: bytes) -> Numbers:
    import pandas

    found: Numbers = pandas.read_csv(BytesIO(contents), header=None, dtype=np.float64).to_numpy()
    if (lacking := np.isnan(found).any(axis=1)).any():
        raise ValueError(f"row {int(lacking.argmax()) + 1} lacks a number")
    return found
