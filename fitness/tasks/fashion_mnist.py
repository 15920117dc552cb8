"""Task `fashion-mnist`: 70,000 grey images of clothing, 28x28 (Xiao, Rasul, Vollgraf 2017).

https://github.com/zalandoresearch/fashion-mnist (MIT licence), four IDX files. They are looked
for in `--data-dir`, then in the usual system and cache folders, else downloaded; their contents
have to have the known checksums.

Split: the official 10,000 test images; of the official 60,000 training images the first 10,000 in
`stratified_order` with seed 0 are validation (1,000 of each class), the other 50,000 train.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.downloads import content_sha256
from fitness.data.idx import parse_idx, read_bytes
from fitness.data.published.idx_files import DEFAULTS, IdxFiles
from fitness.data.splitting.splits import stratified_parts
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes

DESCRIPTION = "70,000 grey images of clothing, 28x28 (IDX files; downloaded if not found)"
VALIDATION_SIZE, SPLIT_SEED = 10_000, 0
SYSTEM_FOLDER = Path("/usr/share/datasets/fashion-mnist")
ADDRESSES = (
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
# SHA-256 of the uncompressed contents: distributions repack the .gz files.
CHECKSUMS = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
LABELS = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 1, 28, 28) uint8.

    Raises FileNotFoundError if the files are neither found nor can be downloaded, ValueError if
    one is truncated or something else than it should be.
    """
    files = _files().find(data_dir)
    images, labels, test_images, test_labels = (_read(files[name], name) for name in CHECKSUMS)
    x, y = images[:, None], labels.astype(np.int64)
    validation, train = stratified_parts(y, (VALIDATION_SIZE,), SPLIT_SEED)
    return Task(
        name="fashion-mnist",
        description=DESCRIPTION,
        target=Classes(10, names=LABELS),
        train=Split(x[train], y[train]),
        validation=Split(x[validation], y[validation]),
        test=Split(test_images[:, None], test_labels.astype(np.int64)),
        augmentations=("none", "shift", "flip-shift", "shift-erase"),
        defaults=replace(DEFAULTS, reference=0.8),
    )


def _files() -> IdxFiles:
    return IdxFiles(
        name="fashion-mnist",
        title="Fashion-MNIST",
        folder="FashionMNIST",
        addresses=ADDRESSES,
        check=_check,
        advice="put its four IDX files into a folder and give it with --data-dir (on Debian and "
        "Ubuntu the package dataset-fashion-mnist installs them).",
        system=SYSTEM_FOLDER,
    )


def _check(path: Path) -> None:
    """Raise ValueError for a fetched file that is none of the four."""
    if (found := content_sha256(path)) not in CHECKSUMS.values():
        raise ValueError(f"its contents have SHA-256 {found}, which no file of it has")


def _read(path: Path, name: str) -> npt.NDArray[np.uint8]:
    contents = read_bytes(path)
    values = parse_idx(contents, path)  # first: it tells best what is wrong with a damaged file
    found = hashlib.sha256(contents).hexdigest()
    if found != CHECKSUMS[name]:
        raise ValueError(
            f"{path} is not Fashion-MNIST's {name}: its uncompressed contents have SHA-256 "
            f"{found}, expected {CHECKSUMS[name]}. For other data use --task npz:FILE."
        )
    return values
