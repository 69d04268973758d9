"""Reads the format and the dimensions of a file from its first bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})


@dataclass(frozen=True)
class Picture:
    """The format and dimensions of a file.

    Attributes:
        format: "PNG", "JPEG", "GIF" or "PDF"; empty for anything else.
        pixels: Width and height; None if they cannot be read.
    """

    format: str
    pixels: tuple[int, int] | None = None


def read(content: bytes) -> Picture:
    """Format and pixels of a file's content. Never raises, whatever the content is."""
    if content.startswith(_PNG):
        is_complete = len(content) >= 24 and content[12:16] == b"IHDR"
        return Picture("PNG", struct.unpack(">II", content[16:24]) if is_complete else None)
    if content.startswith(_JPEG):
        return Picture("JPEG", _jpeg_pixels(content))
    if content.startswith((b"GIF87a", b"GIF89a")):
        return Picture("GIF", struct.unpack("<HH", content[6:10]) if len(content) >= 10 else None)
    return Picture("PDF" if b"%PDF-" in content[:1024] else "")


def _jpeg_pixels(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        elif marker in _START_OF_FRAME:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return (width, height)
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None
