"""A labelled set of frames held as arrays of one size: what every data set becomes before training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.errors import InputError


@dataclass(frozen=True)
class FrameSet:
    """N frames of one size; arrays may be memory-mapped.

    images (N, H, W, 3) uint8 RGB; depth (N, H, W) float16, any unit, NaN = unknown, or None when no frame has depth;
    labels (N, H, W) uint8 as in losses.label_cross_entropy; groups (N,) str: the clip family or sequence of each frame.
    """

    images: np.ndarray
    depth: np.ndarray | None
    labels: np.ndarray
    groups: np.ndarray

    def __post_init__(self) -> None:
        shape = self.images.shape[:3]
        if self.labels.shape != shape or len(self.groups) != shape[0]:
            raise InputError(f"labels are {self.labels.shape} for images {self.images.shape}; expected one a pixel")
        if self.depth is not None and self.depth.shape != shape:
            raise InputError(f"depth is {self.depth.shape} for images {self.images.shape}; expected one a pixel")

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, keep: np.ndarray) -> FrameSet:
        """The frames where keep (N,) bool or indices."""
        depth = None if self.depth is None else self.depth[keep]
        return replace(self, images=self.images[keep], depth=depth, labels=self.labels[keep], groups=self.groups[keep])

    def class_pixels(self, values: int) -> np.ndarray:
        """(N, values) int64: pixels of each label value below `values` in each frame."""
        return np.stack([np.bincount(frame.ravel(), minlength=256)[:values] for frame in self.labels])


def read_labelled_images(images: Path, masks: Path, label_from_mask: np.ndarray, size: tuple[int, int]) -> FrameSet:
    """Images and index masks of equal stems (jpg/png beside png) as a FrameSet of size (width, height).

    label_from_mask (256,) uint8 maps mask values to labels. Images shrink by area, labels keep the nearest value.
    Raises InputError naming the file that is missing, unreadable or of another size than its image.
    """
    files = sorted(path for path in images.iterdir() if path.suffix.lower() in (".jpg", ".png"))
    if not files:
        raise InputError(f"folder {images} holds no jpg or png image; check the data set")
    pictures, labels = [], []
    for file in files:
        picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
        mask = cv2.imread(str(masks / f"{file.stem}.png"), cv2.IMREAD_UNCHANGED)
        if picture is None or mask is None:
            wrong = file if picture is None else masks / f"{file.stem}.png"
            raise InputError(f"{wrong} is missing or no readable image; get the data set again")
        if mask.shape != picture.shape[:2]:
            raise InputError(f"mask of {file} is {mask.shape}; expected {picture.shape[:2]} and one channel")
        pictures.append(cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB))
        labels.append(cv2.resize(label_from_mask[mask], size, interpolation=cv2.INTER_NEAREST_EXACT))
    group = np.full(len(files), images.parent.name)
    return FrameSet(np.stack(pictures), None, np.stack(labels), group)


def concatenated(sets: list[FrameSet]) -> FrameSet:
    """Several frame sets of one image size, without depth, as one."""
    return FrameSet(
        np.concatenate([part.images for part in sets]),
        None,
        np.concatenate([part.labels for part in sets]),
        np.concatenate([part.groups for part in sets]),
    )
