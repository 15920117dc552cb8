"""Data sets of four IDX files, as MNIST and its kin: found in the usual folders, else fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fitness.data.downloads import DownloadError, cache_folder, fetch, user_cache
from fitness.data.task import SearchDefaults

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
# Of 60,000 pictures of 28 x 28: few epochs and large batches. Each data set has its reference.
DEFAULTS = SearchDefaults(
    generations=16,
    stages=(1, 9),
    max_flops=2e6,
    max_activations=5e4,
    max_parameters=5e4,
    batch_sizes=(64, 128, 256),
)


@dataclass(frozen=True)
class IdxFiles:
    """Four files of a data set, each plain or with `.gz`.

    `folder` is the name that torchvision gives it, `system` where a system's package puts it.
    `check` raises ValueError for a fetched file of another content; `advice` is what to do
    without a network.
    """

    name: str
    title: str
    folder: str
    addresses: Sequence[str]
    check: Callable[[Path], None]
    advice: str
    system: Path | None = None

    def find(self, data_dir: Path | None) -> dict[str, Path]:
        """Return the four files' paths by name; download them if no folder holds all of them.

        A `data_dir` that is given has to hold them: nothing else is searched then.
        """
        for folder in self.folders(data_dir):
            files = _files_in(folder)
            if len(files) == len(NAMES):
                return files
        if data_dir is not None:
            raise FileNotFoundError(
                f"{data_dir} does not hold {self.title}: {', '.join(NAMES)}, each plain or with "
                f".gz, are expected in it or in its subfolder {self.name} or {self.folder}/raw. "
                "Correct --data-dir, or leave it out to search the usual folders and download."
            )
        return self._fetched()

    def folders(self, data_dir: Path | None) -> tuple[Path, ...]:
        """List the folders that may hold the files, in order of search."""
        raw = Path(self.folder) / "raw"
        if data_dir is not None:
            return data_dir, data_dir / self.name, data_dir / raw
        cache = user_cache()
        return (
            *([self.system] if self.system else []),
            cache_folder(self.name),
            cache / self.name,
            cache / raw,
            cache / "torchvision" / raw,
            cache / "torch" / "datasets" / raw,
        )

    def _fetched(self) -> dict[str, Path]:
        folder = cache_folder(self.name)
        present = _files_in(folder)
        try:
            for name in [name for name in NAMES if name not in present]:
                addresses = [f"{address}{name}.gz" for address in self.addresses]
                fetch(addresses, folder / f"{name}.gz", self.check)
        except DownloadError as error:
            raise DownloadError(
                f"{self.title} is on none of the usual places of this machine, and {error}\n"
                f"Without a network: {self.advice}"
            ) from None
        return _files_in(folder)


def _files_in(folder: Path) -> dict[str, Path]:
    candidates = ((name, folder / f"{name}{end}") for name in NAMES for end in (".gz", ""))
    return {name: path for name, path in candidates if path.is_file()}
