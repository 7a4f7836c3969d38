"""Calibration of simulated lenses: boards rendered through the true lens with blur, noise, vignette and round aperture.

For each of 24 random lenses (every other one a fisheye, every third a checkerboard): focal error, reprojection error,
whether the right family is chosen, and the error in units of the stated standard deviation, beside the focal error of
the field of view that is guessed without a calibration. Then five captures that cannot tell a lens, which must be
refused.

    python Testing/Benchmarks/calibration.py --json FILE        # lenses that are in FILE already are not run again
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from benchmark_arguments import benchmark_parser
from simulated_boards.poses import good_capture, held
from simulated_boards.rendering import Optics, render

from EndoDepthLib.calibration import Board, BoardDetector, BoardKind, Capture, calibrate_camera
from EndoDepthLib.calibration.detection import without_border
from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import default_camera
from EndoDepthLib.values import Camera, DistortionModel

WIDTH, HEIGHT, VIEWS = 640, 480, 24
CHARUCO = Board()
CHECKERBOARD = Board(BoardKind.CHECKERBOARD, 9, 7, 7.0)


def random_lens(seed: int) -> tuple[Camera, Board, Optics]:
    """Rigid and flexible scopes: 55 to 95 degrees for pinholes, 95 to 135 for fisheyes, on the diagonal."""
    rng = np.random.default_rng(seed)
    is_fisheye = seed % 2 == 1
    aspect = rng.uniform(0.99, 1.01)
    cx, cy = (WIDTH - 1) / 2 + rng.normal(0, 12), (HEIGHT - 1) / 2 + rng.normal(0, 9)
    half = np.hypot(WIDTH, HEIGHT) / 2
    if is_fisheye:
        focal = half / np.radians(rng.uniform(95, 135) / 2)
        coefficients = (rng.uniform(-0.05, 0.06), rng.uniform(-0.02, 0.02), rng.uniform(-0.005, 0.005), 0.0)
        model = DistortionModel.FISHEYE
    else:
        focal = half / np.tan(np.radians(rng.uniform(55, 95) / 2))
        k1 = rng.uniform(-0.35, 0.05)
        coefficients = (k1, 0.35 * k1**2 + rng.uniform(0, 0.05), rng.normal(0, 8e-4), rng.normal(0, 8e-4))
        model = DistortionModel.BROWN_CONRADY
    camera = Camera(focal, focal * aspect, cx, cy, WIDTH, HEIGHT, model, tuple(map(float, coefficients)))
    optics = Optics(rng.uniform(0.4, 1.0), rng.uniform(1.5, 5.0), rng.uniform(0.1, 0.6), rng.choice([0.8, 0.9, 1.1]))
    return camera, CHECKERBOARD if seed % 3 == 2 else CHARUCO, optics


def captured(camera: Camera, board: Board, poses: list[np.ndarray], optics: Optics, seed: int) -> Capture:
    """What the detector sees of rendered pictures."""
    rng = np.random.default_rng(seed)
    detector = BoardDetector(board)
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    radius = np.hypot(u - (WIDTH - 1) / 2, v - (HEIGHT - 1) / 2) / (np.hypot(WIDTH, HEIGHT) / 2)
    content = radius < (optics.aperture or 2.0)
    views, unseen = [], []
    for index, pose in enumerate(poses):
        image = render(camera, board, pose, optics, rng)
        view = detector.find(index, image)
        inside = None if view is None else without_border(view, board, content)
        if inside is not None:
            views.append(inside)
        elif len(unseen) < 4:
            unseen.append(image)
    return Capture(board, WIDTH, HEIGHT, content, tuple(views), tuple(range(len(poses))), tuple(unseen))


def measure(seed: int) -> dict[str, object]:
    """The figures of one lens."""
    camera, board, optics = random_lens(seed)
    rng = np.random.default_rng(1000 + seed)
    whole = board.kind is BoardKind.CHARUCO  # a checkerboard must lie in the picture as a whole
    poses = good_capture(camera, board, VIEWS, rng, reach=0.3 if whole else 0.18, fill=0.6 if whole else 0.45)
    guess = default_camera(WIDTH, HEIGHT)
    figures: dict[str, object] = {
        "seed": seed,
        "lens": camera.distortion_model.value,
        "board": board.kind.value,
        "guess_error": abs(guess.fx / camera.fx - 1.0),
    }
    try:
        found = calibrate_camera(captured(camera, board, poses, optics, seed))
    except InputError as error:
        return {**figures, "refused": str(error)}
    true = (camera.fx, camera.fy, camera.cx, camera.cy)
    scores = [(v - t) / s for v, t, s in zip(found.values, true, found.standard_deviations, strict=False)]
    return {
        **figures,
        "focal_error": max(abs(found.camera.fx / camera.fx - 1), abs(found.camera.fy / camera.fy - 1)),
        "rms_px": found.rms_px,
        "family_right": found.camera.distortion_model is camera.distortion_model,
        "views": len(found.views),
        "scores": scores,
    }


def bad_captures() -> dict[str, str]:
    """Five captures that cannot tell a lens, and what is said of each ("" when it is accepted)."""
    camera, board, optics = random_lens(0)
    rng = np.random.default_rng(7)
    places = [(x, y) for x in (0.25, 0.5, 0.75) for y in (0.25, 0.5, 0.75)]
    poses = {
        "all frontal": ([held(camera, board, at, f, 0, 0, 20) for at in places for f in (0.5, 0.7)], optics),
        "board too small": (good_capture(camera, CHARUCO, 20, rng, 0.35, 0.22), Optics(0.3, 1.0, 0.2, 1.1)),
        "only in the middle": (good_capture(camera, board, 20, rng, 0.03, 0.33), optics),
        "too few views": (good_capture(camera, board, 6, rng), optics),
        "blurred": (good_capture(camera, board, 20, rng), Optics(2.6, 2.0, 0.2, 1.1)),
    }
    said = {}
    for name, (where, seen_by) in poses.items():
        try:
            calibrate_camera(captured(camera, board, where, seen_by, 7))
            said[name] = ""
        except InputError as error:
            said[name] = str(error)
    return said


def main() -> None:
    """Run, resume and print."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--lenses", type=int, default=24, help="default %(default)s")
    parser.add_argument("--json", type=Path, help="figures of every lens, read again when there")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    file = arguments.json
    done = json.loads(file.read_text(encoding="utf-8")) if file is not None and file.exists() else []
    for seed in range(len(done), arguments.lenses):
        done.append(measure(seed))
        if file is not None:
            file.write_text(json.dumps(done, indent=1), encoding="utf-8")
        row = done[-1]
        head = f"{seed:3d} {row['lens']:14s} {row['board']:12s} guessed {row['guess_error']:6.1%}"
        if "refused" in row:
            print(f"{head}   REFUSED: {row['refused']}", flush=True)
        else:
            family = "" if row["family_right"] else "   other family"
            print(f"{head}   calibrated {row['focal_error']:.3%}   {row['rms_px']:.3f} px{family}", flush=True)
    rows = [row for row in done[: arguments.lenses] if "refused" not in row]
    focal = np.array([row["focal_error"] for row in rows])
    error = np.array([row["rms_px"] for row in rows])
    scores = np.array([row["scores"] for row in rows])
    guess = np.array([row["guess_error"] for row in rows])
    print(
        f"\n{len(rows)} of {arguments.lenses} lenses calibrated; {sum(r['family_right'] for r in rows)} right families"
    )
    print(f"focal error: median {np.median(focal):.3%}, worst {focal.max():.3%} (at most 1 % wanted)")
    print(f"guessed field of view: median {np.median(guess):.1%}, worst {guess.max():.1%}")
    print(f"reprojection error: median {np.median(error):.3f} px, worst {error.max():.3f} px (below 0.5 px wanted)")
    print(f"error / stated deviation of fx fy cx cy: rms {np.sqrt((scores**2).mean()):.2f} (1 is right), ", end="")
    print(f"within two deviations {(np.abs(scores) < 2).mean():.0%} (95 % is right)")
    said = bad_captures()
    for name, reason in said.items():
        print(f"{name}: {'refused: ' + reason if reason else 'ACCEPTED, which is wrong'}")
    print(f"{sum(map(bool, said.values()))} of {len(said)} bad captures refused")


if __name__ == "__main__":
    main()
