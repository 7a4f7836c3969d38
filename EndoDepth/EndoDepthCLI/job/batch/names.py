"""Names of cases: folders that lie where they should on every system, and that identify nobody."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

_LONGEST_BYTES = 100
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices of Windows
_DICOM_MARK, _DICOM_MARK_AT = b"DICM", 128


def safe_name(text: str, row: int) -> str:
    """A folder name of letters, digits and - _ . made from any text; "case-000012" where nothing of it is left.

    It never begins with a dot or dash, holds no separators, is no device of Windows, and takes at most 100 bytes.
    """
    plain = unicodedata.normalize("NFC", text)
    name = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in plain)
    name = name.encode("utf-8", "ignore")[:_LONGEST_BYTES].decode("utf-8", "ignore").strip("._-")
    if _RESERVED.fullmatch(name):
        name = f"case-{name}"
    return name or numbered_name(row)


def numbered_name(row: int) -> str:
    """The name of a case that must not be called after its file."""
    return f"case-{row:06d}"


def name_key(name: str) -> str:
    """Equal for names that some file system takes for the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def is_dicom(path: Path) -> bool:
    """Whether a file says that it is DICOM; such files are often called after the patient or by an identifier."""
    try:
        with path.open("rb") as file:
            file.seek(_DICOM_MARK_AT)
            return file.read(len(_DICOM_MARK)) == _DICOM_MARK
    except OSError:
        return False
