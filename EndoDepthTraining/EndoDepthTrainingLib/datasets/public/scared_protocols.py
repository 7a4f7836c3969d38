"""How SCARED is split and compared."""

from __future__ import annotations

from EndoDepthTrainingLib.datasets.public.description import NormalisedCamera, Protocol, Split, depth_between

URL = "https://endovissub2019-scared.grand-challenge.org (account, signed rules; then a download link)"
LAYOUT = (
    "dataset_1/keyframe_1/Left_Image.png",
    "left_depth_map.tiff (float32 x, y, z)",
    "point_cloud.obj",
    "endoscope_calibration.yaml",
    "data/rgb.mp4",
    "data/frame_data.tar.gz",
    "data/scene_points.tar.gz",
)
_AF = "put AF-SfMLearner's splits/endovis/{}_files.txt there (github.com/ShuweiShao/AF-SfMLearner)"
_PAPER = "its authors have not published it: ask them (doi 10.1016/j.bspc.2024.106410), or use another protocol"
_DEPTH = depth_between(1e-3, 150.0)


def _listed(folder: str, counts: dict[str, int], source: str) -> tuple[Split, ...]:
    return tuple(
        Split(name, frame_list=f"splits/{folder}/{name}_files.txt", list_source=source.format(name), frames=count)
        for name, count in counts.items()
    )


PROTOCOLS = (
    Protocol(
        "af-sfmlearner",
        "the field's usual one: unrectified left frames, 1e-3 < gt < 150 mm, K normalised (0.82, 1.02, 0.5, 0.5)",
        _listed("endovis", {"train": 15_351, "val": 1_705, "test": 551}, _AF),
        _DEPTH,
        camera=NormalisedCamera(0.82, 1.02, 0.5, 0.5),
    ),
    Protocol(
        "yang-2024",
        "the split of the paper this project implements; figures do not compare with the usual protocol's",
        _listed("yang-2024", {"train": 20_664, "val": 2_991, "test": 517}, _PAPER),
        _DEPTH,
        camera=NormalisedCamera(0.82, 1.02, 0.5, 0.5),
    ),
    Protocol(
        "keyframes",
        "stills with measured structured light only: no depth propagated by the robot's poses",
        (
            Split("train", tuple(f"keyframes/dataset{number}" for number in range(1, 8))),
            Split("test", ("keyframes/dataset8", "keyframes/dataset9")),
        ),
        _DEPTH,
    ),
    Protocol(
        "challenge",
        "the challenge's own: videos of datasets 1 to 7 to train, 8 and 9 to test",
        (
            Split("train", tuple(f"dataset{number}/keyframe*" for number in range(1, 8))),
            Split("test", ("dataset8/keyframe*", "dataset9/keyframe*")),
        ),
        _DEPTH,
    ),
)
CAVEATS = (
    "depth of video frames is the keyframe's, moved by the robot's kinematics: noisy (SCARED-C, arXiv 2605.16628); say "
    "so beside any figure, and compare with protocol 'keyframes'",
    "a constant depth scores AbsRel .072 on a keyframe: small figures prove little",
    "datasets 4 and 5 are known for a poor calibration (the challenge's paper, arXiv 2101.01133)",
    "scene_points.tar.gz can be read in order only: run 'endodepth dataset unpack scared' before training",
    "camera-pose is read as camera_from_keyframe, as AF-SfMLearner's pose evaluation does",
)
