"""The board on paper: dark rectangles in millimetres, as a PNG of a stated resolution or a PDF of true size."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np

from EndoDepthLib.calibration.board import Board, BoardKind, aruco_board, aruco_dictionary
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.results.arrays import encode_image

RULER_MM = 50.0
"""Length of the line below the board by which a user checks the printer."""

LEAST_DPI, MOST_DPI = 72, 2400
_MM_PER_INCH = 25.4
_POINTS_PER_MM = 72.0 / _MM_PER_INCH
_A4_MM = (210.0, 297.0)
_LEAST_MARGIN_MM = 8.0
_FOOTER_MM = 14.0
_TEXT_MM = 2.0
_RULER_THICKNESS_MM = 0.4
_MOST_PIXELS = 300_000_000


def dark_rectangles(board: Board) -> np.ndarray:
    """(N, 4) float64 mm: left, top, width, height of everything black, from the board's first corner."""
    side = board.square_mm
    # As OpenCV: a checkerboard and a ChArUco board begin with a black square.
    dark = [
        (column * side, row * side, side, side)
        for row in range(board.rows)
        for column in range(board.columns)
        if (row + column) % 2 == 0
    ]
    if board.kind is BoardKind.CHARUCO:
        charuco = aruco_board(board)
        dictionary = aruco_dictionary(board.dictionary)
        modules = dictionary.markerSize + 2
        step = board.marker_mm / modules
        for corners, identifier in zip(charuco.getObjPoints(), charuco.getIds().ravel(), strict=True):
            left, top = np.asarray(corners)[:, 0].min(), np.asarray(corners)[:, 1].min()
            bits = cv2.aruco.generateImageMarker(dictionary, int(identifier), modules)
            dark += [
                (left + run[0] * step, top + row * step, (run[1] - run[0]) * step, step)
                for row in range(modules)
                for run in _dark_runs(np.asarray(bits)[row])
            ]
    return np.array(dark, dtype=np.float64)


def board_picture(board: Board, px_per_mm: float) -> np.ndarray:
    """(H, W) uint8: the board alone, white margin of one square around it included, edges rounded to whole pixels."""
    width_mm, height_mm = board.size_mm
    margin = board.square_mm
    rectangles = dark_rectangles(board) + [margin, margin, 0.0, 0.0]
    return _raster(rectangles, width_mm + 2 * margin, height_mm + 2 * margin, px_per_mm)


def board_png(board: Board, dpi: int = 600) -> bytes:
    """A PNG file of the sheet that states its resolution, so that it prints at true size.

    Raises SettingsError for a resolution outside 72 to 2400 dpi, or a picture of more than 300 million pixels.
    """
    if not LEAST_DPI <= dpi <= MOST_DPI:
        raise SettingsError(f"the resolution is {dpi} dpi; expected {LEAST_DPI} to {MOST_DPI}")
    px_per_mm = dpi / _MM_PER_INCH
    width_mm, height_mm, margin_mm = _sheet(board)
    if width_mm * height_mm * px_per_mm**2 > _MOST_PIXELS:
        raise SettingsError(
            f"a board of {width_mm:.0f} x {height_mm:.0f} mm at {dpi} dpi is more than "
            f"{_MOST_PIXELS // 1_000_000} million pixels; choose a lower --dpi, or a .pdf"
        )
    rectangles = np.concatenate([dark_rectangles(board), _ruler(board)]) + [margin_mm, margin_mm, 0.0, 0.0]
    picture = _raster(rectangles, width_mm, height_mm, px_per_mm)
    left_px = round(margin_mm * px_per_mm)
    for line, text in enumerate(_footer(board)):
        (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1)
        scale = min(_TEXT_MM * px_per_mm / high, (picture.shape[1] - 2 * left_px) / wide)
        place = (left_px, round((height_mm - 7.0 + 3.5 * line) * px_per_mm))
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 0, 1, cv2.LINE_AA)
    return _with_resolution(encode_image(picture), dpi)


def board_pdf(board: Board) -> bytes:
    """A PDF file of one page: A4 (upright or across) where the sheet fits, else a page of the sheet's size."""
    width_mm, height_mm, margin_mm = _sheet(board)
    page_mm = next(
        (page for page in (_A4_MM, _A4_MM[::-1]) if width_mm <= page[0] and height_mm <= page[1]),
        (width_mm, height_mm),
    )
    left, top = (page_mm[0] - width_mm) / 2 + margin_mm, (page_mm[1] - height_mm) / 2 + margin_mm
    rectangles = np.concatenate([dark_rectangles(board), _ruler(board)]) + [left, top, 0.0, 0.0]
    drawn = [
        f"{x * _POINTS_PER_MM:.4f} {(page_mm[1] - y - h) * _POINTS_PER_MM:.4f} "
        f"{w * _POINTS_PER_MM:.4f} {h * _POINTS_PER_MM:.4f} re"
        for x, y, w, h in rectangles
    ]
    words = []
    for line, text in enumerate(_footer(board)):
        y = page_mm[1] - (top - margin_mm + height_mm - 7.0 + 3.5 * line)
        words.append(f"BT /F1 7 Tf {left * _POINTS_PER_MM:.3f} {y * _POINTS_PER_MM:.3f} Td ({text}) Tj ET")
    content = "\n".join(["0 g", *drawn, "f", *words]).encode("ascii")
    size = " ".join(f"{length * _POINTS_PER_MM:.4f}" for length in page_mm)
    return _pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size}] /Contents 4 0 R "
            "/Resources << /Font << /F1 5 0 R >> >> >>".encode("ascii"),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def _pdf_file(objects: list[bytes]) -> bytes:
    """PDF 1.6 (ISO 32000-1, 7.5) of these objects, numbered from 1; the first is the catalogue."""
    data, places = b"%PDF-1.6\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, len(data))
    )


def _sheet(board: Board) -> tuple[float, float, float]:
    """Width and height of the sheet, and its margin, in mm."""
    margin = max(_LEAST_MARGIN_MM, board.square_mm)
    width, height = board.size_mm
    return max(width, RULER_MM) + 2 * margin, height + 2 * margin + _FOOTER_MM, margin


def _ruler(board: Board) -> np.ndarray:
    """The line of RULER_MM below the board, its ends marked."""
    top = board.size_mm[1] + max(_LEAST_MARGIN_MM, board.square_mm) + 1.0
    thick = _RULER_THICKNESS_MM
    return np.array(
        [(0.0, top, RULER_MM, thick), (0.0, top - 1.5, thick, 3.0), (RULER_MM - thick, top - 1.5, thick, 3.0)]
    )


def _footer(board: Board) -> tuple[str, str]:
    return (
        f"EndoDepth {board.describe()}".replace("(", "[").replace(")", "]"),
        f"Print at 100 % - the line must be {RULER_MM:g} mm long from end to end - glue flat",
    )


def _dark_runs(row: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (row == 0).astype(np.int8), [0]])))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def _raster(rectangles: np.ndarray, width_mm: float, height_mm: float, px_per_mm: float) -> np.ndarray:
    picture = np.full((round(height_mm * px_per_mm), round(width_mm * px_per_mm)), 255, np.uint8)
    ends = rectangles[:, :2] + rectangles[:, 2:]
    # Each edge is rounded where it lies, so that errors do not add up along the board.
    edges = np.rint(np.concatenate([rectangles[:, :2], ends], axis=1) * px_per_mm).astype(int)
    for left, top, right, bottom in edges:
        picture[top:bottom, left:right] = 0
    return picture


def _with_resolution(png: bytes, dpi: int) -> bytes:
    """The same PNG with a pHYs chunk (PNG specification, 11.3.5.3), which must stand before the pixels."""
    after_header = 8 + 12 + 13
    per_metre = round(dpi / _MM_PER_INCH * 1000)
    body = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    return png[:after_header] + chunk + png[after_header:]
