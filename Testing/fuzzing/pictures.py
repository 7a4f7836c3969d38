"""Videos, pictures, arrays and surfaces: samples of each, and what reads them."""

from __future__ import annotations

import io
from itertools import islice
from pathlib import Path

import cv2
import numpy as np


def _picture(dtype: type = np.uint8) -> np.ndarray:
    image = np.random.default_rng(0).integers(0, 255, (24, 32, 3)).astype(dtype)
    return image * (257 if dtype is np.uint16 else 1)


def video_samples(folder: Path) -> list[bytes]:
    import av

    samples = []
    for name, codec in (("a.mp4", "libx264"), ("b.mkv", "libx264"), ("c.avi", "mjpeg"), ("d.mov", "mpeg4")):
        with av.open(str(folder / name), "w") as container:
            stream = container.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 48, 32, "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(5):
                picture = np.full((32, 48, 3), 40 * number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        samples.append((folder / name).read_bytes())
    return samples


def read_video(data: bytes, folder: Path) -> object:
    from EndoDepthLib.video import Video

    path = folder / "clip.mp4"
    path.write_bytes(data)
    with Video.open(path) as video:
        frames = list(islice(video, 4))
        return frames, video.read(video.indices[-1])


def image_samples(folder: Path) -> list[bytes]:
    samples = [cv2.imencode(suffix, _picture())[1].tobytes() for suffix in (".png", ".jpg", ".tif", ".bmp")]
    return [*samples, cv2.imencode(".png", _picture(np.uint16))[1].tobytes()]


def read_picture(data: bytes, folder: Path) -> object:
    from EndoDepthLib.video.image_file import image_size, read_image

    suffix = {b"\xff\xd8": ".jpg", b"BM": ".bmp", b"II": ".tif", b"MM": ".tif"}.get(data[:2], ".png")
    path = folder / f"picture{suffix}"
    path.write_bytes(data)
    image_size(path)
    return read_image(path)


def read_results_picture(data: bytes, folder: Path) -> object:
    from EndoDepthLib.results.arrays import read_image

    (folder / "p.png").write_bytes(data)
    return read_image(folder / "p.png", 3)


def array_samples(folder: Path) -> list[bytes]:
    from EndoDepthLib.results.arrays import encode_array

    return [encode_array(np.ones((4, 6), dtype)) for dtype in (np.float32, np.float16, np.uint8)]


def read_array_bytes(data: bytes, folder: Path) -> object:
    from EndoDepthLib.results.arrays import read_array

    (folder / "a.npy").write_bytes(data)
    return read_array(folder / "a.npy", np.float32)


def surface_samples(folder: Path) -> list[bytes]:
    from EndoDepthLib.reconstruction import write_ply
    from EndoDepthLib.values import Scale, Surface

    surface = Surface(
        np.eye(3, dtype=np.float32),
        np.array([[0, 1, 2]], np.int32),
        np.zeros((3, 3), np.uint8),
        np.zeros(3, np.uint8),
        np.zeros((3, 2), np.float32),
        Scale.UP_TO_SCALE,
    )
    write_ply(surface, folder / "s.ply")
    return [(folder / "s.ply").read_bytes()]


def read_surface(data: bytes, folder: Path) -> object:
    from EndoDepthLib.reconstruction import read_ply

    (folder / "r.ply").write_bytes(data)
    return read_ply(folder / "r.ply")


def read_plane_bytes(data: bytes, folder: Path) -> object:
    from EndoDepthLib.evaluation.image_files import read_plane

    path = folder / f"depth{'.npy' if data[1:6] == b'NUMPY' else '.png'}"
    path.write_bytes(data)
    return read_plane(path)


def plane_samples(folder: Path) -> list[bytes]:
    return [*array_samples(folder), cv2.imencode(".png", _picture(np.uint16)[..., 0])[1].tobytes()]


def npz_samples(folder: Path) -> list[bytes]:
    samples = []
    for write in (np.savez, np.savez_compressed):
        content = io.BytesIO()
        write(content, depth_mm=np.ones((4, 6)), image=np.zeros((4, 6, 3), np.uint8))
        samples.append(content.getvalue())
    return samples


def read_npz(data: bytes, folder: Path) -> object:
    from EndoDepthLib.evaluation.depth_references import find_depth_references

    (folder / "reference.npz").write_bytes(data)
    references = find_depth_references(folder / "reference.npz")
    return references.load(references.names[0])


def dicom_samples(folder: Path) -> list[bytes]:
    from pydicom.encaps import encapsulate
    from sample_case.endoscopy_dicom import EXPLICIT, H264, JPEG, PICTURE, SECONDARY, VIDEO, write_dicom

    jpeg = cv2.imencode(".jpg", _picture())[1].tobytes()
    native = {"Rows": 4, "Columns": 6, "SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "NumberOfFrames": 2}
    native |= {"BitsAllocated": 8, "PlanarConfiguration": 0}
    made = (
        write_dicom(folder / "v.dcm", encapsulate([bytes(64)], has_bot=False), H264, VIDEO, FrameTime="40"),
        write_dicom(folder / "j.dcm", encapsulate([jpeg, jpeg]), JPEG, PICTURE, CineRate=10),
        write_dicom(folder / "n.dcm", bytes(144), EXPLICIT, SECONDARY, **native),
    )
    return [path.read_bytes() for path in made]


def read_dicom(data: bytes, folder: Path) -> object:
    from EndoDepthScene.dicom import EndoscopyDicom

    (folder / "case.dcm").write_bytes(data)
    dicom = EndoscopyDicom.open(folder / "case.dcm")
    return list(islice(dicom.extract(folder / "extracted"), 50))
