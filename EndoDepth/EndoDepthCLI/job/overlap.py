"""Work on several items at once, with the results in the items' order and a bounded number of them in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_WORKERS = 4
_MOST_PIXELS = 8_000_000  # of all frames that are worked on at a time: about 200 MB
_WAIT_S = 0.2


def in_order(items: Iterable[Item], work: Callable[[Item], Result], workers: int) -> Generator[Result, None, None]:
    """`work` on every item in `workers` threads, the results in the items' order; at most `workers` + 1 are begun.

    The items are drawn by the caller's thread, between results. With one worker all is done there, one after the other.
    What an item or `work` raises, and closing this generator, ends everything: what was begun is waited for, and no
    thread runs on.
    """
    if workers <= 1:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="frame")
    begun: deque[Future[Result]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) > workers:
                yield _result(begun.popleft())
        while begun:
            yield _result(begun.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def frame_workers(width: int, height: int) -> int:
    """How many frames of this size are worked on at a time: as many as torch uses threads, fewer for large frames."""
    import torch

    return max(1, min(torch.get_num_threads(), _MOST_WORKERS, _MOST_PIXELS // (width * height)))


def _result(future: Future[Result]) -> Result:
    # Waiting in short turns: on Windows a wait without an end does not hear Ctrl-C.
    while not future.done():
        try:
            return future.result(_WAIT_S)
        except TimeoutError:
            continue
    return future.result()
