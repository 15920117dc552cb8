"""Which jobs may run beside each other on a device: a byte counter for each.

A device is a GPU of a node, or the node itself where no GPU is used. An actor's share of a GPU
says how many processes there may be, not what they allocate; so a job is admitted where its
estimate fits beside the others'. A device that does not say how large it is admits every job.
"""

from __future__ import annotations

from dataclasses import dataclass, field

USABLE = 0.92  # share of a device that jobs may fill: allocators round up and leave gaps
Place = tuple[str, str]  # node and GPU of it, "" for none


@dataclass(frozen=True)
class Hold:
    """What a running job holds: the bytes it was admitted for, and whether it is alone."""

    bytes: int
    alone: bool = False


@dataclass
class Device:
    """One device: its bytes (None: not counted), what its workers hold idle, and their jobs'."""

    bytes: int | None = None
    idle: dict[int, int] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)

    @property
    def room(self) -> float:
        """Bytes that jobs may still be admitted for."""
        if self.bytes is None:
            return float("inf")
        used = sum(self.idle.values()) + sum(hold.bytes for hold in self.holds.values())
        return self.bytes * USABLE - used


class Packing:
    """The devices and the workers on them; workers are known by number."""

    def __init__(self) -> None:
        self._devices: dict[Place, Device] = {}
        self._places: dict[int, Place] = {}
        self._cleared: Place | None = None  # the device that is kept free for a job alone
        self._shared: set[int] = set()  # workers whose job has shared its device
        self.margin = 1.0  # what estimates are multiplied by; grows where they were too low

    def join(self, worker: int, place: Place, device_bytes: int | None, idle_bytes: int) -> None:
        """Take note that a worker is up on a device of this size and holds so much when idle."""
        device = self._devices.setdefault(place, Device())
        device.bytes = device_bytes
        device.idle[worker] = idle_bytes
        self._places[worker] = place

    def leave(self, worker: int) -> None:
        """Take note that a worker is gone, with what it held."""
        place = self._places.pop(worker, None)
        self._shared.discard(worker)
        if place is None:
            return
        device = self._devices[place]
        device.idle.pop(worker, None)
        device.holds.pop(worker, None)
        if not device.idle:
            del self._devices[place]
            if self._cleared == place:
                self._cleared = None

    def counts(self, worker: int) -> bool:
        """Tell whether the worker's device is counted, so that a job's bytes matter."""
        return self._device(worker).bytes is not None

    def admits(self, worker: int, estimate: int) -> bool:
        """Tell whether a job fits beside what runs on the worker's device.

        A device on which nothing runs takes any job: its estimate may be too high.
        """
        if self._places[worker] == self._cleared:
            return False
        device = self._device(worker)
        return not device.holds or (
            not any(hold.alone for hold in device.holds.values())
            and estimate * self.margin <= device.room
        )

    def admits_alone(self, worker: int) -> bool:
        """Tell whether the worker's device is empty, for a job that wants all of it.

        If no device is being emptied yet, the largest is from now on.
        """
        if self._cleared is None:
            self._cleared = max(self._devices, key=self._preferred)
        return self._places[worker] == self._cleared and not self._device(worker).holds

    def forget_clearing(self) -> None:
        """Take note that no job waits for an empty device any more."""
        self._cleared = None

    def take(self, worker: int, estimate: int, *, alone: bool = False) -> None:
        """Count a job that was admitted."""
        holds = self._device(worker).holds
        if holds:
            self._shared.update((worker, *holds))
        holds[worker] = Hold(int(estimate * self.margin), alone)
        if alone:
            self._cleared = None  # its own hold keeps others away

    def release(self, worker: int) -> bool:
        """Count a job as done; return whether others ran beside it at any time."""
        self._device(worker).holds.pop(worker)
        shared = worker in self._shared
        self._shared.discard(worker)
        return shared

    def learn(self, estimate: int, measured: float) -> bool:
        """Compare an estimate with what was measured; return whether the margin had to grow."""
        if estimate <= 0 or measured <= estimate * self.margin:
            return False
        self.margin = measured / estimate
        return True

    def _preferred(self, place: Place) -> tuple[float, int, Place]:
        device = self._devices[place]
        size = float("inf") if device.bytes is None else float(device.bytes)
        return size, -len(device.holds), place

    def _device(self, worker: int) -> Device:
        return self._devices[self._places[worker]]
