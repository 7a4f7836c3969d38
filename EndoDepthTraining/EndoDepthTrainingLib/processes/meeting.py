"""How the processes of one start of a job find each other, when torchrun has restarted it."""

from __future__ import annotations

import json
import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

_LOOK_AGAIN_S = 0.1
_WAIT = timedelta(seconds=1)
_FIRST = "endodepth/first"


def meet(patience: timedelta) -> tuple[Store, int, int]:
    """A store that only the processes of this start share, this process's rank, and how many there are.

    torchrun's agents keep one store for all starts of a job (torch 2.13), so that those of the second start would look
    for the addresses of the dead. Nor does the environment number the starts: every machine counts its own. So the
    first process names the start by a fresh word, and it counts once that process has seen a fresh word of each other.
    """
    from torch._C._distributed_c10d import PrefixStore  # torch.distributed's own, under the name that has types
    from torch.distributed.rendezvous import rendezvous  # here, since not every build of torch has it

    store, rank, world = next(rendezvous("env://", timeout=patience))
    own = uuid.uuid4().hex
    if rank == 0:
        store.set(_FIRST, own)
        words = [store.get(f"endodepth/{own}/{other}").decode() for other in range(1, world)]
        store.set(f"endodepth/{own}/all", json.dumps(words))
        return PrefixStore(own, store), rank, world
    while True:
        first = store.get(_FIRST).decode()
        store.set(f"endodepth/{first}/{rank}", own)
        if _is_set(store, f"endodepth/{first}/all"):
            if own in json.loads(store.get(f"endodepth/{first}/all")):
                return PrefixStore(first, store), rank, world
            time.sleep(_LOOK_AGAIN_S)  # that start is over; the first process of this one is still to come


def _is_set(store: Store, key: str) -> bool:
    """Whether the key comes to be set within a moment."""
    try:
        store.wait([key], _WAIT)
    except RuntimeError:  # what stores of all versions raise when time is up
        return False
    return True
