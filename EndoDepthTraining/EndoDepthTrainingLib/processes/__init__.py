"""Training in several processes, as torchrun starts them: who one is, sums over all, batch norm over all."""

from EndoDepthTrainingLib.processes.batch_norm import synchronise_batch_norms
from EndoDepthTrainingLib.processes.group import Share, first_before_others, from_first, join_processes, own_share
from EndoDepthTrainingLib.processes.reduction import mean_over_samples, sum_over_processes

__all__ = [
    "Share",
    "first_before_others",
    "from_first",
    "join_processes",
    "mean_over_samples",
    "own_share",
    "sum_over_processes",
    "synchronise_batch_norms",
]
