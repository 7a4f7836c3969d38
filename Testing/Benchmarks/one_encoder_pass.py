"""How much segmentation adds to depth, and how the depth network compares with Monodepth2-ResNet18.

    python Testing/Benchmarks/one_encoder_pass.py [--repeats 30] [--threads 2] [--classes 15]

Times single-frame eager fp32 forwards at 320 x 256, interleaved so that a busy machine slows all alike, and prints the
medians and their ratios; our network as EndoDepthModel runs it: batch norms folded, channels last. The reference is a
plain Monodepth2 (Godard et al., ICCV 2019) depth network written from the paper: ResNet18, nearest upsampling,
reflection padding, ELU, disparities at four scales. Exit code 1 when a limit is missed: depth + segmentation at most
1.4x depth alone, depth at least 2.3x faster than the reference.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as functional
from benchmark_arguments import add_threads, benchmark_parser
from torch import Tensor, nn

from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, fold_batch_norms
from EndoDepthLib.networks.encoder import Encoder

MOST_SEGMENTATION_RATIO = 1.4
LEAST_REFERENCE_RATIO = 2.3


class Monodepth2(nn.Module):
    """The reference depth network: (B, 3, H, W) -> four disparities."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder("resnet18")
        widths = (256, 128, 64, 32, 16)
        skips = (256, 128, 64, 64, 0)
        entries = (512, *widths[:-1])
        self.before = nn.ModuleList(self._conv(a, b) for a, b in zip(entries, widths, strict=True))
        self.after = nn.ModuleList(self._conv(b + s, b) for b, s in zip(widths, skips, strict=True))
        self.heads = nn.ModuleList(nn.Conv2d(b, 1, 3, padding=1, padding_mode="reflect") for b in widths[1:])

    @staticmethod
    def _conv(inputs: int, outputs: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect"), nn.ELU(inplace=True))

    def forward(self, images: Tensor) -> list[Tensor]:
        """Disparities, coarse first."""
        *skips, x = self.encoder(images)
        disparities = []
        for level in range(5):
            x = functional.interpolate(self.before[level](x), scale_factor=2, mode="nearest")
            if level < 4:
                x = torch.cat([x, skips[3 - level]], dim=1)
            x = self.after[level](x)
            if level:
                disparities.append(torch.sigmoid(self.heads[level - 1](x)))
        return disparities


def interleaved_medians_ms(calls: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median time of each call in milliseconds; the calls take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(repeats + 3):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn >= 3:  # the first turns warm caches up
                times[name].append((time.perf_counter() - start) * 1000.0)
    return {name: statistics.median(values) for name, values in times.items()}


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
        medians = interleaved_medians_ms(
            {
                "encoder": lambda: network.encode(images_last),
                "depth": lambda: network(images_last),
                "depth + segmentation": lambda: network(images_last, text),
                "Monodepth2-ResNet18": lambda: reference(images),
            },
            arguments.repeats,
        )
    for name, value in medians.items():
        print(f"{name:22s} {value:8.1f} ms")
    segmentation_ratio = medians["depth + segmentation"] / medians["depth"]
    reference_ratio = medians["Monodepth2-ResNet18"] / medians["depth"]
    print(f"depth + segmentation ({arguments.classes} classes) / depth: {segmentation_ratio:.2f} (at most 1.4)")
    print(f"Monodepth2-ResNet18 / depth: {reference_ratio:.2f} (at least 2.3)")
    return int(segmentation_ratio > MOST_SEGMENTATION_RATIO or reference_ratio < LEAST_REFERENCE_RATIO)


if __name__ == "__main__":
    sys.exit(main())
