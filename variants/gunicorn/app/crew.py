"""What the processes know of each other: a page of memory that the master makes and every worker inherits.

gunicorn.conf.py imports this module and is read again at a HUP; a module is not, so the page stays the same. A number has
one writer: the master's are written by the master, and a worker's two by the master before the fork and after the exit, by
the worker between."""

import mmap
import os
import struct

SLOTS = 500  # above any number of workers that a machine of this service holds
WANTED, SPAWNED, RECYCLED, RESTARTED, SCHEDULER, FIRST_SLOT = range(6)  # SCHEDULER: one runs in the master
FREE, BOOTING, READY, LEAVING = range(4)

_number = struct.Struct("=q")
_page = mmap.mmap(-1, (FIRST_SLOT + 2 * SLOTS) * _number.size)  # anonymous and shared, all 0
_mine = None  # in a worker, its slot
master = None  # pid of the process that read gunicorn.conf.py


def _get(place: int) -> int:
    return _number.unpack_from(_page, place * _number.size)[0]


def _set(place: int, value: int) -> None:
    _number.pack_into(_page, place * _number.size, value)


def want(workers: int) -> None:
    _set(WANTED, workers)


def claim() -> int:
    """In the master, before a fork: the child finds its slot in _mine."""
    global _mine
    _mine = next(place for place in range(FIRST_SLOT, FIRST_SLOT + SLOTS) if _get(place) == FREE)
    _set(_mine, BOOTING)
    _set(SPAWNED, _get(SPAWNED) + 1)
    return _mine


def release(slot: int) -> None:
    """In the master, after a worker has exited. One that said that it leaves was told to or had reached max_requests."""
    ended = RECYCLED if _get(slot) == LEAVING else RESTARTED
    _set(ended, _get(ended) + 1)
    _set(slot + SLOTS, 0)
    _set(slot, FREE)


def say(state: int) -> None:
    """In a worker. Without gunicorn there is no crew to tell."""
    if _mine is not None:
        _set(_mine, state)


def schedule(runs: bool) -> None:
    """In the process whose scheduler starts or stops. That of a process which is gone does not run: the master sees to it for
    a worker, and counts() for the master."""
    if os.getpid() == master:
        _set(SCHEDULER, runs)
    elif _mine is not None:
        _set(_mine + SLOTS, runs)


def counts() -> dict:
    """In a worker, whose parent is the master while that lives."""
    return {
        "workers_wanted": _get(WANTED),
        "workers_ready": sum(_get(place) == READY for place in range(FIRST_SLOT, FIRST_SLOT + SLOTS)),
        "workers_spawned": _get(SPAWNED),
        "workers_recycled": _get(RECYCLED),
        "workers_restarted": _get(RESTARTED),
        "schedulers_running": sum(_get(place + SLOTS) for place in range(FIRST_SLOT, FIRST_SLOT + SLOTS))
        + (_get(SCHEDULER) if os.getppid() == master else 0),
    }
