"""What the arrays of an archive are, by their names: each is used, or named in an error.

`x`/`y` have the usual other names (inputs, images, features; labels, targets), splits too (val,
valid, dev; training, testing), in either order: `val_images` is `x_validation`. `metric_group` (or
`metric_groups`) has a split as `x` has.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from fitness.data.arrays import UnusableData

ROLES = {
    "x": ("x", "inputs", "input", "images", "image", "features", "data"),
    "y": ("y", "labels", "label", "targets", "target"),
    "metric_group": ("metric_group", "metric_groups"),
}
PAIR = ("x", "y")  # the roles that every split has
SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
WHOLE, CLASS_NAMES = "", "class_names"
LAYOUTS = (
    "x and y; or x_train, y_train, x_test, y_test; or these and x_validation, y_validation "
    "(and class_names, if the classes have names; and metric_group beside each x, if a metric is "
    "measured in groups)"
)
ROLE_OF = {word: role for role, words in ROLES.items() for word in words}
SPLIT_OF = {word: split for split, words in SPLITS.items() for word in words}
KNOWN = [
    CLASS_NAMES,
    *ROLE_OF,
    *(f"{role}_{split}" for role in ROLE_OF for split in SPLIT_OF),
    *(f"{split}_{role}" for role in ROLE_OF for split in SPLIT_OF),
]


def roles_of(names: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the array's name for each role and split, ("x", "train") for instance.

    The split is `WHOLE` where there is none; `class_names` is the role of the classes' names.
    Raises UnusableData for names that are not understood, doubled, or lack their partner.
    """
    found: dict[tuple[str, str], str] = {}
    for name in sorted(names):
        meaning = _meaning(name)
        if meaning is None:
            raise UnusableData(f"array {name!r} is not understood{_near(name)}; {_expected()}")
        if meaning in found:
            raise UnusableData(f"arrays {found[meaning]!r} and {name!r} mean the same; keep one")
        found[meaning] = name
    splits = {split for role, split in found if role in ROLES}
    for split in sorted(splits):
        for role in PAIR:
            if (role, split) not in found:
                lone = next(name for (_, of), name in found.items() if of == split)
                suffix = f"_{split}" if split else ""
                raise UnusableData(f"array {lone!r} lacks its partner {role}{suffix}")
    _check_layout(splits, found.values())
    return found


def _check_layout(splits: set[str], names: Iterable[str]) -> None:
    if splits in ({WHOLE}, {"train", "test"}, set(SPLITS)):
        return
    if splits == {"train"}:
        raise UnusableData("x_train, y_train alone: name them x and y, and evo splits them itself")
    if splits == {"train", "validation"}:
        raise UnusableData(
            "there are no test data: add x_test and y_test, or give all examples as x and y, and "
            "evo splits them itself"
        )
    there = ", ".join(sorted(names)) or "nothing"
    raise UnusableData(f"the archive holds {there}; {_expected()}")


def _meaning(name: str) -> tuple[str, str] | None:
    text = name.lower()
    if text in (CLASS_NAMES, "label_names", "classnames"):
        return CLASS_NAMES, WHOLE
    words = re.findall(r"metric_groups?|[a-z0-9]+", re.sub(r"[^a-z0-9]+", "_", text))
    if len(words) == 1:
        word = words[0]
        if word in ROLE_OF:
            return ROLE_OF[word], WHOLE
        words = [word[:1], word[1:]] if word[:1] in ("x", "y") else [word]  # xtrain
    if len(words) == 2:
        for first, second in (words, words[::-1]):
            if first in ROLE_OF and second in SPLIT_OF:
                return ROLE_OF[first], SPLIT_OF[second]
    return None


def _near(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), KNOWN, n=1)
    return f". Did you mean {near[0]!r}?" if near else ""


def _expected() -> str:
    return f"expected {LAYOUTS}. Rename it, or save the archive without it"
