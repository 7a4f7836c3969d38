"""COLMAP in a process of its own: `python engine.py FOLDER` turns prepared pictures into model.npz.

Runs as a script and imports nothing of this package: COLMAP crashes beside OpenCV and torch in one process, and a crash
here must not take the program with it. Progress goes to standard output, one JSON object a line. The process ends when
its standard input does, so that it never outlives the program that started it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

JOB_FILE, MODEL_FILE = "job.json", "model.npz"
IMAGES, MASKS, DATABASE, MODELS = "images", "masks", "database.db", "models"
_TOLERANCE = 1e-6  # relative gain of an iteration (Ceres' own default): COLMAP's 0 refines digits nobody sees
_BLOCK = 12  # pictures: matching tells of its progress once for each pair of blocks


def reconstruct(folder: Path) -> dict[str, Any]:
    """Features, matches, incremental mapping, robust bundle adjustment; the arrays of model.npz (see `_arrays`)."""
    import pycolmap

    job = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
    threads, seed = job["threads"] or -1, job["seed"]
    names = sorted(path.name for path in (folder / IMAGES).iterdir())
    pairs = len(names) * (len(names) - 1) // 2
    database = folder / DATABASE
    pycolmap.set_random_seed(seed)

    reader = pycolmap.ImageReaderOptions()
    reader.mask_path = folder / MASKS
    reader.camera_model = job["camera_model"]
    reader.camera_params = ",".join(repr(value) for value in job["camera_params"])
    extraction = pycolmap.FeatureExtractionOptions()
    extraction.max_image_size, extraction.num_threads = job["longest_side_px"], threads
    extraction.sift.max_num_features = job["features"]
    tell("finding features", 0, len(names), "keypoints")
    pycolmap.extract_features(
        database, folder / IMAGES, names, pycolmap.CameraMode.SINGLE, reader, extraction, pycolmap.Device.cpu
    )
    tell("finding features", len(names), len(names))

    matching, pairing = pycolmap.FeatureMatchingOptions(), pycolmap.ExhaustivePairingOptions()
    matching.num_threads, pairing.block_size = threads, _BLOCK
    verification = pycolmap.TwoViewGeometryOptions()
    verification.ransac.random_seed = seed
    tell("matching features", 0, pairs, "two_view_geometries")
    pycolmap.match_exhaustive(database, matching, pairing, verification, pycolmap.Device.cpu)
    tell("matching features", pairs, pairs)

    registered = 2

    def next_image() -> None:
        nonlocal registered
        registered += 1
        tell("placing cameras", min(registered, len(names)), len(names))

    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads, options.random_seed = threads, seed
    options.mapper.random_seed = options.triangulation.random_seed = seed
    options.mapper.init_min_tri_angle = job["initial_angle_deg"]
    options.min_model_size, options.extract_colors = 3, False
    options.ba_global_function_tolerance = _TOLERANCE
    options.ba_refine_focal_length = options.ba_refine_extra_params = job["refine_camera"]
    options.mapper.abs_pose_refine_focal_length = options.mapper.abs_pose_refine_extra_params = job["refine_camera"]
    (folder / MODELS).mkdir()
    tell("placing cameras", 0, len(names))
    models = pycolmap.incremental_mapping(
        database, folder / IMAGES, folder / MODELS, options, next_image_callback=next_image
    )
    if not models:
        return {"registered": 0}
    best = max(models.values(), key=lambda model: (model.num_reg_images(), model.num_points3D()))

    adjustment = pycolmap.BundleAdjustmentOptions()
    adjustment.ceres.loss_function_type = pycolmap.LossFunctionType.CAUCHY
    adjustment.refine_focal_length = adjustment.refine_extra_params = job["refine_camera"]
    adjustment.ceres.solver_options.function_tolerance = _TOLERANCE
    adjustment.print_summary = False
    adjustment.ceres.solver_options.num_threads = threads
    tell("adjusting cameras and points", 0, 1)
    pycolmap.bundle_adjustment(best, adjustment)
    tell("adjusting cameras and points", 1, 1)
    return _arrays(best)


def _arrays(model: Any) -> dict[str, Any]:
    """Plain arrays: COLMAP's camera and pixels (centres at .5), world_from_camera, points and their observations."""
    import numpy as np

    images = sorted((image for image in model.images.values() if image.has_pose), key=lambda image: image.name)
    row = {image.image_id: position for position, image in enumerate(images)}
    poses = np.tile(np.eye(4), (len(images), 1, 1))
    for position, image in enumerate(images):
        poses[position, :3] = image.cam_from_world().inverse().matrix()
    centres = poses[:, :3, 3]
    xyz, point, frame, pixel, error, angles = [], [], [], [], [], []
    for number, (_, seen) in enumerate(sorted(model.points3D.items())):
        xyz.append(seen.xyz)
        rows = []
        for element in seen.track.elements:
            image = model.images[element.image_id]
            observed = image.points2D[element.point2D_idx].xy
            projected = image.project_point(seen.xyz)
            point.append(number)
            frame.append(row[element.image_id])
            pixel.append(observed)
            error.append(np.nan if projected is None else float(np.linalg.norm(projected - observed)))
            rows.append(row[element.image_id])
        rays = centres[rows] - seen.xyz
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        angles.append(np.degrees(np.arccos(np.clip(rays @ rays.T, -1.0, 1.0).min())))
    camera = next(iter(model.cameras.values()))
    return {
        "registered": len(images),
        "camera_model": camera.model.name,
        "camera_params": np.asarray(camera.params, dtype=np.float64),
        "names": np.array([image.name for image in images]),
        "world_from_camera": poses,
        "xyz": np.array(xyz, dtype=np.float64).reshape(-1, 3),
        "point": np.array(point, dtype=np.int64),
        "frame": np.array(frame, dtype=np.int64),
        "pixel": np.array(pixel, dtype=np.float64).reshape(-1, 2),
        "error_px": np.array(error, dtype=np.float64),
        "angle_deg": np.array(angles, dtype=np.float64),
    }


def tell(stage: str, done: int, total: int, table: str | None = None) -> None:
    """One line of progress. table: of the database, whose rows say how far the stage is until the next line comes:
    COLMAP itself says nothing, and a second SQLite in this process would break the locks of the first."""
    print(json.dumps({"stage": stage, "done": done, "total": total, "table": table}), flush=True)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(3)


def main() -> None:
    """Run the job in the folder that the command line names."""
    import numpy as np

    folder = Path(sys.argv[1]).absolute()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    arrays = reconstruct(folder)
    aside = folder / f".partial-{MODEL_FILE}"
    np.savez(aside, **arrays)
    for attempt in range(40):
        try:
            aside.replace(folder / MODEL_FILE)
            break
        except PermissionError:  # on Windows, while a virus scanner reads it
            if attempt == 39:
                raise
            time.sleep(0.05)
    sys.stdout.flush()
    os._exit(0)  # COLMAP's destructors are what crashes at the end of some processes


if __name__ == "__main__":
    main()
