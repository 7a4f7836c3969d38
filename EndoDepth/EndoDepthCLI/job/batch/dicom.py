"""A case that is a DICOM file: its video or pictures are read from a file without a name, and then taken away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from EndoDepthCLI.job.batch.names import is_dicom


@contextmanager
def as_file(source: Path, folder: Path) -> Iterator[Path]:
    """What a job reads: the source, or what is in it when it is DICOM, put beside `folder` for the while.

    The results are then of "video.mp4" or "frames": what names the patient goes neither into them nor into names.
    Raises InputError, without the file's own name, when the DICOM file cannot be used.
    """
    if not (source.is_file() and is_dicom(source)):
        yield source
        return
    from EndoDepthLib.errors import InputError
    from EndoDepthScene.dicom import EndoscopyDicom

    aside = folder.with_name(folder.name + ".input")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        try:
            dicom = EndoscopyDicom.open(source)
            for _ in dicom.extract(aside):
                pass
        except InputError as error:
            raise InputError(str(error).replace(str(source), "the DICOM file")) from error
        yield dicom.extracted(aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
