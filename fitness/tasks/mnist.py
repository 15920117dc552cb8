"""Task `mnist`: 70,000 handwritten digits, 28x28 grey (LeCun, Bottou, Bengio, Haffner 1998).

Four IDX files, looked for in `--data-dir`, then in the usual cache folders, else downloaded.
Packed as they were published they have known checksums (MD5); of unpacked ones shapes and the
numbers of each digit are checked.

Split: the official 10,000 test images; of the official 60,000 training images the first 10,000 in
`stratified_order` with seed 0 are validation, the other 50,000 train.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.downloads import file_md5
from fitness.data.idx import read_idx
from fitness.data.published.idx_files import DEFAULTS, IdxFiles
from fitness.data.splitting.splits import stratified_parts
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes

DESCRIPTION = "70,000 handwritten digits, 28x28 grey (IDX files; downloaded if not found)"
VALIDATION_SIZE, SPLIT_SEED, SIDE = 10_000, 0, 28
ADDRESSES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
PUBLISHED_MD5 = {  # of the .gz files, as PyTorch's loader states them
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
# How often each digit is there, train and test: nothing else has just these labels.
DIGITS = (
    (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
)


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 1, 28, 28) uint8.

    Raises FileNotFoundError if the files are neither found nor can be downloaded, ValueError if
    one is truncated or something else than it should be.
    """
    files = _files().find(data_dir)
    images, labels, test_images, test_labels = (read_idx(files[name]) for name in PUBLISHED_MD5)
    folder = next(iter(files.values())).parent
    for x, y, digits in ((images, labels, DIGITS[0]), (test_images, test_labels, DIGITS[1])):
        _check(x, y, digits, folder)
    y = labels.astype(np.int64)
    validation, train = stratified_parts(y, (VALIDATION_SIZE,), SPLIT_SEED)
    return Task(
        name="mnist",
        description=DESCRIPTION,
        target=Classes(10, names=tuple("0123456789")),
        train=Split(images[train, None], y[train]),
        validation=Split(images[validation, None], y[validation]),
        test=Split(test_images[:, None], test_labels.astype(np.int64)),
        augmentations=("none", "shift", "shift-erase"),  # a mirrored digit is another sign
        defaults=replace(DEFAULTS, reference=0.9),
    )


def _files() -> IdxFiles:
    return IdxFiles(
        name="mnist",
        title="MNIST",
        folder="MNIST",
        addresses=ADDRESSES,
        check=_check_published,
        advice="put its four IDX files into a folder and give it with --data-dir.",
    )


def _check_published(path: Path) -> None:
    """Raise ValueError for a fetched file that is none of the four."""
    if (found := file_md5(path)) not in PUBLISHED_MD5.values():
        raise ValueError(f"it has the MD5 {found}, which no file of it has")


def _check(
    x: npt.NDArray[np.uint8], y: npt.NDArray[np.uint8], digits: tuple[int, ...], folder: Path
) -> None:
    """Raise ValueError for images and labels that are not MNIST's."""
    count = sum(digits)
    counted = tuple(np.bincount(y.ravel(), minlength=len(digits)).tolist())
    if x.shape != (count, SIDE, SIDE) or y.shape != (count,) or counted != digits:
        raise ValueError(
            f"{folder} does not hold MNIST: expected {count:,} images of {SIDE} x {SIDE} and as "
            f"many labels, {', '.join(map(str, digits))} of each digit; found images of shape "
            f"{x.shape} and {', '.join(map(str, counted))}. For other data use --task npz:FILE"
        )
