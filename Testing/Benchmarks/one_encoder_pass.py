"""How much segmentation adds to depth, and how the depth network compares with Monodepth2-ResNet18.

    python Testing/Benchmarks/one_encoder_pass.py [--repeats 30] [--threads 2] [--classes 15]

Times single-frame eager fp32 forwards at 320 x 256, interleaved so that a busy machine slows all alike, and prints the
medians and their ratios; our network as EndoDepthModel runs it: batch norms folded, channels last. The reference is a
plain Monodepth2 (EndoDepthLib.benchmarking). Exit code 1 when a limit is missed: depth + segmentation at most
1.4x depth alone, depth at least 2.3x faster than the reference.
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as functional
from benchmark_arguments import add_threads, benchmark_parser

from EndoDepthLib.benchmarking import Monodepth2, interleaved, milliseconds_of
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, fold_batch_norms

MOST_SEGMENTATION_RATIO = 1.4
LEAST_REFERENCE_RATIO = 2.3


def main() -> int:
    """Measure and print."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--repeats", type=int, default=30)
    add_threads(parser)
    parser.add_argument("--classes", type=int, default=15)
    parser.add_argument("--encoder", default=NetworkConfig.encoder)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    network = EndoDepthNetwork(NetworkConfig(encoder=arguments.encoder)).eval()
    fold_batch_norms(network)
    network = network.to(memory_format=torch.channels_last)
    reference = Monodepth2().eval()
    images = torch.rand(1, 3, 256, 320)
    images_last = images.to(memory_format=torch.channels_last)
    text = functional.normalize(torch.randn(arguments.classes, network.config.text_dim), dim=1)
    with torch.inference_mode():
        calls = {
            "encoder": milliseconds_of(lambda: network.encode(images_last)),
            "depth": milliseconds_of(lambda: network(images_last)),
            "depth + segmentation": milliseconds_of(lambda: network(images_last, text)),
            "Monodepth2-ResNet18": milliseconds_of(lambda: reference(images)),
        }
        medians = {name: each.median_ms for name, each in interleaved(calls, arguments.repeats, warm_up=3).items()}
    for name, value in medians.items():
        print(f"{name:22s} {value:8.1f} ms")
    segmentation_ratio = medians["depth + segmentation"] / medians["depth"]
    reference_ratio = medians["Monodepth2-ResNet18"] / medians["depth"]
    print(f"depth + segmentation ({arguments.classes} classes) / depth: {segmentation_ratio:.2f} (at most 1.4)")
    print(f"Monodepth2-ResNet18 / depth: {reference_ratio:.2f} (at least 2.3)")
    return int(segmentation_ratio > MOST_SEGMENTATION_RATIO or reference_ratio < LEAST_REFERENCE_RATIO)


if __name__ == "__main__":
    sys.exit(main())
