"""Task `cifar10`: 60,000 colour images, 32x32, of ten classes (Krizhevsky 2009).

https://www.cs.toronto.edu/~kriz/cifar.html, the binary version: its other archives hold pickles,
which are never unpacked. Looked for in `--data-dir` and the usual cache folders, as the archive or
its folder `cifar-10-batches-bin`; else downloaded. The archive has to have the published MD5, each
file the length, labels and numbers of each class that it should have.

Split: the official 10,000 test images; of the official 50,000 training images the first 5,000 in
`stratified_order` with seed 0 are validation (500 of each class), the other 45,000 train.
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.downloads import (
    DownloadError,
    cache_folder,
    fetch,
    file_md5,
    has_md5,
    user_cache,
)
from fitness.data.splitting.splits import stratified_parts
from fitness.data.task import SearchDefaults, Split, Task
from fitness.targets.classes import Classes

DESCRIPTION = (
    "60,000 colour images of ten classes, 32x32 (binary archive; downloaded if not found)"
)
VALIDATION_SIZE, SPLIT_SEED = 5_000, 0
ARCHIVE, FOLDER = "cifar-10-binary.tar.gz", "cifar-10-batches-bin"
ADDRESSES = (f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}",)
PUBLISHED_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = "test_batch.bin"
RECORDS, SHAPE = 10_000, (3, 32, 32)  # a record is a label, then red, green and blue by rows
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
PICKLED = "cifar-10-batches-py"

Read = Callable[[str], bytes]
Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 3, 32, 32) uint8.

    Raises FileNotFoundError if the files are neither found nor can be downloaded, ValueError if
    one is damaged or something else than it should be.
    """
    place = _find(data_dir)
    batches = _batches(place)
    x, y = (np.concatenate(parts) for parts in zip(*batches[:-1], strict=True))
    test = batches[-1]
    for labels in (y, test[1]):
        counts = np.bincount(labels, minlength=len(CLASSES)).tolist()
        if len(set(counts)) > 1 or len(counts) > len(CLASSES):
            raise ValueError(
                f"{place} does not hold CIFAR-10: expected as many images of each of 10 classes, "
                f"found {', '.join(map(str, counts))}"
            )
    validation, train = stratified_parts(y, (VALIDATION_SIZE,), SPLIT_SEED)
    return Task(
        name="cifar10",
        description=DESCRIPTION,
        target=Classes(len(CLASSES), names=CLASSES),
        train=Split(x[train], y[train]),
        validation=Split(x[validation], y[validation]),
        test=Split(*test),
        augmentations=("none", "flip", "flip-shift", "flip-crop", "flip-crop-erase"),
        defaults=SearchDefaults(
            generations=16,
            stages=(1, 9),
            max_flops=2.6e6,
            max_activations=6.5e4,
            batch_sizes=(64, 128, 256),
        ),
    )


def _find(data_dir: Path | None) -> Path:
    """Return the archive or its folder; fetch it if no folder holds it."""
    for folder in _folders(data_dir):
        for place in (folder, folder / FOLDER):
            if all((place / name).is_file() for name in (*TRAIN, TEST)):
                return place
        if (folder / ARCHIVE).is_file():
            return folder / ARCHIVE
    if data_dir is not None:
        other = (data_dir / PICKLED).is_dir()
        hint = f" It holds {PICKLED}, which are pickles: those are never read." if other else ""
        raise FileNotFoundError(
            f"{data_dir} does not hold CIFAR-10: {ARCHIVE} or the folder {FOLDER} is expected in "
            f"it or in its subfolder cifar10.{hint} Correct --data-dir, or leave it out to search "
            "the usual folders and download."
        )
    target = cache_folder("cifar10") / ARCHIVE
    try:
        fetch(ADDRESSES, target, has_md5(PUBLISHED_MD5))
    except DownloadError as error:
        raise DownloadError(
            f"CIFAR-10 is on none of the usual places of this machine, and {error}\n"
            f"Without a network: put {ARCHIVE} into a folder and give it with --data-dir."
        ) from None
    return target


def _folders(data_dir: Path | None) -> tuple[Path, ...]:
    if data_dir is not None:
        return data_dir, data_dir / "cifar10"
    cache = user_cache()
    torchs = cache / "torch" / "datasets"
    return cache_folder("cifar10"), cache / "cifar10", cache / "torchvision", torchs


def _batches(place: Path) -> list[Batch]:
    """Read the files of an archive or folder, train first; raises ValueError for a damaged one."""
    names = (*TRAIN, TEST)
    if place.is_dir():
        return [_batch((place / name).read_bytes(), place / name) for name in names]
    if (found := file_md5(place)) != PUBLISHED_MD5:
        raise ValueError(
            f"{place} has the MD5 {found}, expected {PUBLISHED_MD5}, as published: it is damaged "
            "or something else; delete it and fetch it again"
        )
    try:
        with tarfile.open(place) as archive:
            return [_batch(_member(archive, name), f"{place}: {name}") for name in names]
    except (tarfile.TarError, EOFError, OSError, KeyError, zlib.error) as error:
        raise ValueError(f"{place} is damaged ({error}); delete it and fetch it again") from None


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    """Return a file's contents; nothing is written anywhere."""
    file = archive.extractfile(f"{FOLDER}/{name}")
    if file is None:
        raise KeyError(f"{name} is no file")
    return file.read()


def _batch(contents: bytes, source: object) -> Batch:
    """Return images (N, 3, 32, 32) and labels (N,) of one file."""
    size = 1 + int(np.prod(SHAPE))
    if len(contents) != RECORDS * size:
        raise ValueError(
            f"{source}: expected {RECORDS:,} records of {size:,} bytes, found {len(contents):,} "
            "bytes; fetch it again"
        )
    records = np.frombuffer(contents, dtype=np.uint8).reshape(RECORDS, size)
    if (largest := int(records[:, 0].max())) >= len(CLASSES):
        raise ValueError(f"{source}: found the label {largest}, expected 0 to 9: it is damaged")
    return records[:, 1:].reshape(RECORDS, *SHAPE), records[:, 0].astype(np.int64)
