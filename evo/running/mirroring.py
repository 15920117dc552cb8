"""Mirrors a run while it goes on, in a thread of its own: training does not wait for a storage.

One sync at a time; what was requested meanwhile is one more sync. A failure is reported once and
tried again at the next generation.
"""

from __future__ import annotations

import contextlib
import threading
import time

from evo.errors import BadInput, describe
from evo.files.atomic_file import RecordError
from evo.record.run_folder import RunFolder
from evo.storage.claim import CLAIM, RENEWED_SECONDS, Claim, claim_it, read_claim
from evo.storage.mirror import Mirror
from evo.storage.places import StorageError, open_storage


class Mirroring:
    """Mirrors a run from now on, until it is closed; make it by `begin`."""

    def __init__(self, mirror: Mirror, claim: Claim) -> None:
        self.mirror, self.claim = mirror, claim
        self._asked = threading.Event()
        self._over = threading.Event()
        self._failure: str | None = None
        self._told: str | None = None
        self._thread = threading.Thread(target=self._work, name="evo-mirror", daemon=True)
        self._thread.start()

    @classmethod
    def begin(cls, folder: RunFolder, place: str | None) -> Mirroring | None:
        """Claim the mirror of a run and begin; None without a storage. Raises `StorageError`."""
        if place is None:
            return None
        storage = open_storage(place, folder.name)
        return cls(Mirror(folder, storage), claim_it(storage, folder.path))

    @property
    def place(self) -> str:
        """Where the mirror is."""
        return self.mirror.storage.place

    def request(self) -> None:
        """Ask for a sync; returns at once."""
        self._asked.set()

    def trouble(self) -> str | None:
        """Return why the last sync failed, unless that was reported."""
        failure = self._failure
        if failure == self._told:
            return None
        self._told = failure
        return failure

    def stop(self) -> None:
        """Wait for a sync that is under way, and begin no other."""
        self._over.set()
        self._asked.set()
        self._thread.join()

    def close(self) -> str | None:
        """Bring the mirror up to date and give it free; return why that failed, if it did."""
        self.stop()
        self._sync()
        if self._failure is None:
            with contextlib.suppress(StorageError):
                self._renew(at_work=False)
        return self._failure

    def _work(self) -> None:
        renewed = time.monotonic()
        while True:
            asked = self._asked.wait(max(0.0, renewed + RENEWED_SECONDS - time.monotonic()))
            if self._over.is_set():
                return
            self._asked.clear()
            if asked:
                self._sync()
            else:
                with contextlib.suppress(StorageError, BadInput):  # a sync will tell of it
                    self._renew()
            renewed = time.monotonic()

    def _sync(self) -> None:
        try:
            self._renew()
            self.mirror.sync()
        except (StorageError, RecordError, BadInput) as error:
            self._failure = str(error)
        except Exception as error:  # whatever it is, the run goes on
            self._failure = describe(error)
        else:
            self._failure = None

    def _renew(self, *, at_work: bool = True) -> None:
        """Renew the claim, unless another driver has taken the mirror over."""
        storage = self.mirror.storage
        found = read_claim(storage)
        if found is not None and found.driver != self.claim.driver:
            raise StorageError(
                f"{storage.place} was taken over by process {found.process} on {found.host}; this "
                "run is not mirrored any more"
            )
        self.claim = self.claim.renewed(at_work=at_work)
        storage.write(CLAIM, self.claim.to_bytes())
