"""DICOM files of endoscopy, written as an endoscope's recorder would."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, generate_uid

VIDEO, PICTURE, SECONDARY = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("77.1.1.1", "77.1.1", "7.4"))
EXPLICIT, IMPLICIT, JPEG, H264 = (f"1.2.840.10008.1.2{end}" for end in (".1", "", ".4.50", ".4.102"))


def write_dicom(path: Path, pixels: bytes | None, syntax: str, sop_class: str = VIDEO, **values: object) -> Path:
    """Write a DICOM file, of four pictures of an endoscopy of 96 x 64 unless other values are given."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID(syntax)
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    defaults = {
        "PatientName": "Doe^Jane", "PatientID": "P-7", "PatientBirthDate": "19700101", "OtherPatientIDs": "secret",
        "ReferringPhysicianName": "Secret^Doctor", "StudyInstanceUID": "1.2.3.4", "StudyDescription": "Colonoscopy",
        "StudyDate": "20240229", "SeriesDescription": "Withdrawal", "Modality": "ES", "Rows": 64, "Columns": 96,
        "SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0, "BitsAllocated": 8,
        "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0, "NumberOfFrames": 4,
    }  # fmt: skip
    for keyword, value in {**defaults, **values}.items():
        if value is not None:
            setattr(data, keyword, value)
    if pixels is not None:
        data.PixelData = pixels
        data["PixelData"].VR = "OB"
        data["PixelData"].is_undefined_length = syntax not in (EXPLICIT, IMPLICIT)
    data.save_as(path, enforce_file_format=True)
    return path


def mp4_of(pictures: list[np.ndarray], path: Path) -> bytes:
    """A small real mp4 of these pictures (H, W, 3) uint8, 25 a second."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        for picture in pictures:
            for packet in video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")):
                container.mux(packet)
        for packet in video.encode():
            container.mux(packet)
    return path.read_bytes()
