"""Who this process is among those that train together; one alone is a group of one."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import torch
from torch import distributed

from EndoDepthLib.errors import EndoDepthError
from EndoDepthTrainingLib.processes.meeting import meet

Value = TypeVar("Value")

PATIENCE = timedelta(hours=24)
"""How long processes wait for each other: the first one renders data, validates and draws while the others wait. One
that died is noticed at once all the same, since its connections close."""


@dataclass(frozen=True)
class Share:
    """The part of every global batch that is this process's: every `world`-th sample, from `rank` on."""

    rank: int = 0
    world: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0


def join_processes(device: torch.device | str = "cpu") -> Share:
    """Join the group that torchrun's environment names, once; without torchrun this process is alone.

    gloo on the CPU, nccl on GPUs, each process on the GPU of its local rank: "cuda" means that one from here on.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not distributed.is_initialized():
        on_gpu = torch.device(device).type == "cuda"
        if on_gpu:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        store, rank, world = meet(PATIENCE)
        backend = "nccl" if on_gpu else "gloo"
        distributed.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=PATIENCE)
        atexit.register(_leave)
    return own_share()


def own_share() -> Share:
    """This process's part, as join_processes gave it."""
    if distributed.is_available() and distributed.is_initialized():
        return Share(distributed.get_rank(), distributed.get_world_size())
    return Share()


@contextmanager
def first_before_others() -> Iterator[None]:
    """The block runs in the first process, and once it is done in the others: they find what it has made."""
    share = own_share()
    if share.world > 1 and not share.is_first:
        distributed.barrier()
    yield
    if share.world > 1 and share.is_first:
        distributed.barrier()


def from_first(make: Callable[[], Value]) -> Value:
    """What `make` gives in the first process, in every process; what it raises of EndoDepth's errors, all raise.

    The value goes from process to process of one program, never to disk.
    """
    share = own_share()
    if share.world == 1:
        return make()
    box: list[Value | EndoDepthError | None] = [None]
    if share.is_first:
        try:
            box[0] = make()
        except EndoDepthError as error:
            box[0] = error
    distributed.broadcast_object_list(box, src=0)
    if isinstance(box[0], EndoDepthError):
        raise box[0]
    return cast(Value, box[0])


def _leave() -> None:
    if distributed.is_initialized():
        distributed.destroy_process_group()
