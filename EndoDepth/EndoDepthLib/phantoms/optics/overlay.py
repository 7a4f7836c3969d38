"""What the video processor draws over the scene: lines of text and a picture-in-picture box."""

from __future__ import annotations

import functools
import math
import random

import torch
from torch import Tensor

from EndoDepthLib.phantoms.optics.blur import resize
from EndoDepthLib.phantoms.optics.glyphs import LINE_ROWS, compose_lines, draw_line
from EndoDepthLib.phantoms.optics.settings import InsetKind, OverlaySettings


@functools.lru_cache(maxsize=64)
def text_coverage(settings: OverlaySettings, seed: int, height: int, width: int, device: torch.device) -> Tensor:
    """(H, W) float32 0..1: how much of each pixel the text covers. Shared between calls: do not write into it."""
    coverage = torch.zeros((height, width), device=device)
    rows = max(5, round(settings.text_height * height))
    top = settings.text_y * height
    left = round(settings.text_x * width)
    for line in compose_lines(settings.text_lines, seed):
        start = round(top)
        top += rows * 1.5
        if not line or start + rows > height:
            continue
        glyphs = torch.from_numpy(draw_line(line)).to(device)
        columns = max(1, round(glyphs.shape[1] * rows / LINE_ROWS * 0.9))
        drawn = resize(glyphs[None], rows, columns)[0, :, : max(0, width - left)]
        coverage[start : start + rows, left : left + drawn.shape[1]] = drawn
    return coverage


def inset_box(settings: OverlaySettings, height: int, width: int) -> tuple[slice, slice] | None:
    """Rows and columns of the inset, in a corner of the frame; None when there is none."""
    if settings.inset is InsetKind.NONE:
        return None
    rows, columns = max(4, round(settings.inset_height * height)), max(4, round(settings.inset_width * width))
    top = 0 if settings.inset_top else height - rows
    left = width - columns if settings.inset_right else 0
    return slice(top, top + rows), slice(left, left + columns)


@functools.lru_cache(maxsize=32)
def _guide(rows: int, columns: int, seed: int, device: torch.device) -> Tensor:
    """(3, rows, columns): a green panel with the course of the scope as a light curve."""
    draw = random.Random(seed)
    x = torch.linspace(-1, 1, columns, device=device)[None, :]
    y = torch.linspace(-1, 1, rows, device=device)[:, None]
    turns = torch.sin(draw.uniform(1, 3) * y + draw.uniform(0, 2 * math.pi))
    centre = draw.uniform(-0.3, 0.3) + draw.uniform(0.2, 0.6) * turns
    line = torch.exp(-(((x - centre) / 0.09) ** 2)) * (y < draw.uniform(0.3, 1)).float()
    shade = 1 - 0.4 * (y * 0.5 + 0.5)
    ground = torch.tensor([draw.uniform(0, 0.1), draw.uniform(0.25, 0.5), draw.uniform(0.05, 0.3)], device=device)
    ink = torch.tensor([0.75, 0.8, 0.6], device=device)
    return torch.lerp(ground[:, None, None] * shade, ink[:, None, None], line)


def draw_overlay(picture: Tensor, settings: OverlaySettings, seed: int) -> tuple[Tensor, Tensor | None]:
    """Draws on the display picture (3, H, W). Returns it and (H, W) bool where something was drawn, or None."""
    height, width = picture.shape[-2:]
    box = inset_box(settings, height, width)
    if box is None and settings.text_lines < 1:
        return picture, None
    picture = picture.clone()
    drawn = torch.zeros((height, width), dtype=torch.bool, device=picture.device)
    if box is not None:
        rows, columns = box[0].stop - box[0].start, box[1].stop - box[1].start
        if settings.inset is InsetKind.PICTURE:
            picture[:, *box] = resize(picture, rows, columns)
        elif settings.inset is InsetKind.GUIDE:
            picture[:, *box] = _guide(rows, columns, seed, picture.device)
        else:
            picture[:, *box] = 0.0
        drawn[box] = True
    if settings.text_lines > 0:
        coverage = text_coverage(settings, seed, height, width, picture.device)
        ink = torch.tensor([settings.text_red, settings.text_green, settings.text_blue], device=picture.device)
        picture = torch.lerp(picture, ink[:, None, None], coverage[None])
        drawn |= coverage > 0.1
    return picture, drawn
