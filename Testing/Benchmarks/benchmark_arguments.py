"""Arguments that several benchmarks take."""

from __future__ import annotations

import argparse
from pathlib import Path


def benchmark_parser(docstring: str | None) -> argparse.ArgumentParser:
    """A parser whose --help shows the benchmark's docstring as it is written."""
    return argparse.ArgumentParser(description=docstring, formatter_class=argparse.RawDescriptionHelpFormatter)


def add_picture_size(parser: argparse.ArgumentParser, width: int = 320, height: int = 256) -> None:
    """--width and --height of the pictures that are made."""
    parser.add_argument("--width", type=int, default=width, help="default %(default)s")
    parser.add_argument("--height", type=int, default=height, help="default %(default)s")


def add_weights(parser: argparse.ArgumentParser) -> None:
    """--weights, the ones to measure."""
    parser.add_argument("--weights", default="default", help="catalogue identifier or .safetensors file")


def add_threads(parser: argparse.ArgumentParser) -> None:
    """--threads of torch; to be put to use by torch.set_num_threads."""
    import torch

    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="default %(default)s")


def add_quality_arguments(parser: argparse.ArgumentParser) -> None:
    """What a measurement of quality needs: weights, device, phantom clips, threads, a file for every figure."""
    from phantom_clips import FIRST_TEST_SEED

    add_weights(parser)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seeds", type=int, default=12, help="scenes of each kind")
    parser.add_argument("--frames", type=int, default=4, help="pictures of each scene")
    parser.add_argument("--first-seed", type=int, default=FIRST_TEST_SEED)
    add_threads(parser)
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
