"""What trains the optical flow and the appearance flow, which calibrate brightness: light moves with the camera.

AF-SfMLearner (Shao et al., MedIA 2022): the optical flow registers a neighbour to the target; what then still differs
is light, and the appearance flow learns it. Both are needed for training only.
"""

from __future__ import annotations

import torch
from torch import Tensor

from EndoDepthTrainingLib.geometry import warp_by_flow
from EndoDepthTrainingLib.losses.counted import mean_of_counted
from EndoDepthTrainingLib.losses.photometric import photometric_error
from EndoDepthTrainingLib.losses.smoothness import edge_aware_differences, neighbouring

_RELATIVE, _ABSOLUTE_PX2 = 0.01, 0.5


def calibrated(image: Tensor, appearance: Tensor, where: Tensor) -> Tensor:
    """I^ = I + C inside `where` (B, 1, H, W) bool, within 0..1 (Yang et al. 2024, eq. 2); I and C (B, 3, H, W)."""
    return (image + appearance * where).clamp(0.0, 1.0)


def mutually_visible(flow: Tensor, returning_flow: Tensor) -> Tensor:
    """(B, 1, H, W) bool: pixels that both pictures show, by the way there and back (Meister et al., UnFlow, AAAI 2018).

    flow (B, 2, H, W) from target to source in pixels, returning_flow from source to target. Visible: inside the
    source, and |there + back|^2 < 0.01 (|there|^2 + |back|^2) + 0.5.
    """
    with torch.no_grad():
        back, inside = warp_by_flow(returning_flow, flow)
        gap = (flow + back).square().sum(dim=1, keepdim=True)
        length = flow.square().sum(dim=1, keepdim=True) + back.square().sum(dim=1, keepdim=True)
        return inside & (gap < _RELATIVE * length + _ABSOLUTE_PX2)


def registration_loss(registered: Tensor, target: Tensor, counted: Tensor) -> Tensor:
    """Trains the optical flow: photometric error of the neighbour warped by it against the (calibrated) target.

    Images (B, 3, H, W) 0..1; counted (B, 1, H, W) bool: usable and mutually visible.
    """
    return mean_of_counted(photometric_error(registered, target), counted)


def flow_smoothness(flow: Tensor, image: Tensor, usable: Tensor) -> Tensor:
    """Edge-aware first differences of optical flow (B, 2, H, W), in pixels, beside image (B, 3, H, W)."""
    return edge_aware_differences(flow, image, *neighbouring(usable))


def appearance_consistency(target: Tensor, appearance: Tensor, registered: Tensor, counted: Tensor) -> Tensor:
    """Trains the appearance flow C: mean |I + C - R| where R, the registered neighbour, stands as it is (no gradient):
    C must explain the light, not move the picture. Shapes as in registration_loss."""
    return mean_of_counted((target + appearance - registered.detach()).abs(), counted)


def residual_smoothness(appearance: Tensor, target: Tensor, registered: Tensor, counted: Tensor) -> Tensor:
    """|dx C| e^-|dx r| + |dy C| e^-|dy r| with the residual r = |I - R| averaged over channels: light changes smoothly,
    except where the residual itself has an edge, such as a shadow's. Shapes as in appearance_consistency."""
    residual = (target - registered).abs().mean(dim=1, keepdim=True)
    return edge_aware_differences(appearance, residual, *neighbouring(counted))
