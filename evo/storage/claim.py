"""The claim on a mirror: a file beside it, renewed by the driver that writes the mirror.

Shared file systems and object stores have no lock that can be trusted, so this is a claim that
expires. It keeps a second driver out by mistake, not by force; and it tells whether a local copy
of the run is the one that was mirrored last.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from evo.errors import BadInput
from evo.files.atomic_file import write_atomically
from evo.files.paths import quoted, shown
from evo.storage.places import Storage, StorageError
from evo.text.amounts import duration

CLAIM = "storage.json"  # in the mirror
LOCAL = "mirrored.json"  # in the run's own folder: the claim by which it was last mirrored
RENEWED_SECONDS = 60.0  # how often it is renewed
EXPIRED_SECONDS = 300.0  # without renewal the driver counts as dead


@dataclass(frozen=True)
class Claim:
    """Drivers that mirrored the run, oldest first, and where and when the last was alive."""

    drivers: tuple[str, ...]
    host: str
    process: int
    time: float  # seconds since 1970
    at_work: bool

    @classmethod
    def after(cls, earlier: Claim | None) -> Claim:
        """Return the claim of a new driver in this process."""
        drivers = earlier.drivers if earlier else ()
        return cls(
            (*drivers, uuid.uuid4().hex), socket.gethostname(), os.getpid(), time.time(), True
        )

    @property
    def driver(self) -> str:
        """The last driver."""
        return self.drivers[-1]

    def renewed(self, *, at_work: bool = True) -> Claim:
        """Return the claim as of now."""
        return replace(self, time=time.time(), at_work=at_work)

    def is_held(self) -> bool:
        """Tell whether its driver seems to be alive."""
        if not self.at_work or time.time() - self.time > EXPIRED_SECONDS:
            return False
        if self.host != socket.gethostname():
            return True
        return self.process != os.getpid() and _is_alive(self.process)

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Claim:
        """Read JSON; raises ValueError for anything else."""
        values = json.loads(content)
        try:
            claim = cls(**{**values, "drivers": tuple(map(str, values["drivers"]))})
            return replace(claim, time=float(claim.time), process=int(claim.process))
        except (TypeError, KeyError) as error:
            raise ValueError(f"it is no claim: {error}") from None

    def __post_init__(self) -> None:
        if not self.drivers:
            raise ValueError("it names no drivers")


def read_claim(storage: Storage) -> Claim | None:
    """Return the claim on a mirror, None without a mirror; raises `BadInput` if unreadable."""
    try:
        content = storage.read(CLAIM)
        return None if content is None else Claim.from_bytes(content)
    except StorageError as error:
        raise BadInput(f"--storage: cannot read there: {error}") from error
    except ValueError as error:
        raise BadInput(f"{storage.place}/{CLAIM} is damaged ({error}); delete it") from error


def read_local(folder: Path) -> Claim | None:
    """Return the claim by which a local copy was last mirrored, None if it never was."""
    try:
        return Claim.from_bytes((folder / LOCAL).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder / LOCAL} is damaged ({error}); delete it") from error


def check_free(storage: Storage, name: str | None = None) -> None:
    """Raise `BadInput` unless a run can begin to be mirrored here; leaves nothing behind.

    `name` is that of a new run, which may take another.
    """
    other = "--storage" if name is None else f"--name than {name}"
    trial = f"{CLAIM}.trial"
    try:
        if storage.sizes():
            raise BadInput(
                f"{storage.place} exists already. Continue it with "
                f"`evo resume {quoted(storage.place)}`, or choose another {other}."
            )
        storage.write(trial, b"")
        storage.remove([trial])
    except StorageError as error:
        raise BadInput(f"--storage: cannot write there: {error}") from error


def check_unclaimed(storage: Storage, folder: Path | None = None) -> None:
    """Raise `BadInput` if another driver seems at work, or has gone on where `folder` has not."""
    claim = read_claim(storage)
    local = read_local(folder) if folder else None
    if claim is not None and claim.is_held():
        ago = duration(max(0.0, time.time() - claim.time))
        raise BadInput(
            f"process {claim.process} on {claim.host} seems to be at work on the run mirrored at "
            f"{storage.place}; it was last heard of {ago} ago. Wait until it ends, or stop it. If "
            f"it was killed, its claim expires {duration(EXPIRED_SECONDS)} after that."
        )
    if folder is None:
        return
    if claim is None and local is not None:
        raise BadInput(
            f"{folder} was mirrored at {storage.place}, but there is nothing now. Mount what "
            f"belongs there; or delete {folder / LOCAL}, and it is mirrored anew."
        )
    if claim is not None and (local is None or claim.driver not in local.drivers):
        raise BadInput(
            f"the run mirrored at {storage.place} is not {shown(folder)}, or has gone on "
            f"elsewhere (last on {claim.host}). Move {shown(folder)} away; then "
            f"`evo resume {quoted(storage.place)}` copies it."
        )


def check_moved(storage: Storage, folder: Path, earlier: Storage | None) -> None:
    """Raise `BadInput` unless a run that was mirrored at `earlier`, if anywhere, may be so here.

    A place that cannot be read any more blocks nothing: that may be why the run moves.
    """
    if earlier is not None and _found(earlier):
        check_unclaimed(earlier, folder)
    if read_claim(storage) is None:
        check_free(storage)
    else:  # moved there by hand, or mirrored there before
        check_unclaimed(storage, folder)


def _found(storage: Storage) -> bool:
    with contextlib.suppress(BadInput):
        return read_claim(storage) is not None
    return False


def claim_it(storage: Storage, folder: Path) -> Claim:
    """Claim a mirror for this process; raises `StorageError`."""
    claim = Claim.after(read_local(folder))
    # First here: a crash in between leaves a copy that knows its mirror's last driver.
    write_atomically(folder / LOCAL, claim.to_bytes())
    storage.write(CLAIM, claim.to_bytes())
    return claim


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
