"""A 5x7 pixel font for burnt-in text, and the lines of text that video processors draw."""

from __future__ import annotations

import random

import numpy as np

# Five columns a character, top pixel in the lowest bit (the common 5x7 matrix font of character displays).
_COLUMNS = {
    "0": "3E5149453E", "1": "00427F4000", "2": "4261514946", "3": "2141454B31", "4": "1814127F10",
    "5": "2745454539", "6": "3C4A494930", "7": "0171090503", "8": "3649494936", "9": "064949291E",
    "A": "7E1111117E", "B": "7F49494936", "C": "3E41414122", "D": "7F4141221C", "E": "7F49494941",
    "F": "7F09090901", "G": "3E4149497A", "H": "7F0808087F", "I": "00417F4100", "K": "7F08142241",
    "L": "7F40404040", "M": "7F020C027F", "N": "7F0408107F", "O": "3E4141413E", "P": "7F09090906",
    "R": "7F09192946", "S": "4649494931", "T": "01017F0101", "U": "3F4040403F", "V": "1F2040201F",
    "X": "6314081463", "Y": "0708700807", "Z": "6151494543", "/": "2010080402", ":": "0036360000",
    ".": "0060600000", "-": "0808080808", " ": "0000000000", "#": "7F7F7F7F7F",
}  # fmt: skip
LINE_ROWS = 7  # pixel rows of a character


def draw_line(text: str) -> np.ndarray:
    """(7, 6 * len(text)) float32 0/1 picture of the text; characters outside the font are blank."""
    columns = [list(bytes.fromhex(_COLUMNS.get(character, _COLUMNS[" "]))) + [0] for character in text]
    bits = np.array([column for glyph in columns for column in glyph], dtype=np.uint8)
    return ((bits[None, :] >> np.arange(LINE_ROWS, dtype=np.uint8)[:, None]) & 1).astype(np.float32)


def compose_lines(count: int, seed: int) -> list[str]:
    """`count` lines as a processor shows them: date, time, name fields (blacked out or empty), settings."""
    draw = random.Random(seed)
    day, month, year = draw.randint(1, 28), draw.randint(1, 12), draw.randint(2005, 2024)
    date = draw.choice(
        [f"{day:02}/{month:02}/{year}", f"{year}.{month:02}.{day:02}", f"{month:02}-{day:02}-{year % 100:02}"]
    )
    time = f"{draw.randint(7, 18):02}:{draw.randint(0, 59):02}:{draw.randint(0, 59):02}"
    first = [date, time]
    others = [
        "NAME:", "ID:", "SEX: AGE:", "D.O.B.:", f"CVP:{draw.randint(1, 40)}", "##/##/###", "#" * draw.randint(3, 10),
        f"GR:{draw.choice('NSABL')}", f"EH:A{draw.randint(1, 8)}", f"CE:{draw.randint(0, 3)}", "COMMENT:", "SCV:---",
        f"{draw.randint(0, 1)}.{draw.randint(0, 9)}X", f"D.F:{draw.randint(1, 99)}", "", "",
    ]  # fmt: skip
    draw.shuffle(others)
    if draw.random() < 0.5:
        first = [*others[:2], *first]
        others = others[2:]
    lines = (first + others)[:count]
    return lines + [f"{draw.randint(0, 10**6)}" for _ in range(count - len(lines))]
