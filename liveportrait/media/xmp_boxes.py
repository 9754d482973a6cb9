"""Where MP4 and GIF keep an XMP packet: put there after the file is written, and found again.

Sources: XMP Specification part 3, sections on MPEG-4 (a top-level `uuid` box) and GIF (an
application extension whose data is the bare packet, closed by the "magic trailer" that makes
readers who take it for sub-blocks arrive at its end).
"""

import io
import struct
from pathlib import Path
from typing import BinaryIO

MP4_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")

_GIF_TRAILER = b"\x3b"
_GIF_APPLICATION = b"\x21\xff\x0bXMP DataXMP"
_GIF_MAGIC = b"\x01" + bytes(range(0xFF, -1, -1)) + b"\x00"

_LARGEST_PACKET = 2**20


def append_to_mp4(path: Path, packet: bytes) -> None:
    """Add the packet as the last box of a finished file."""
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", 8 + 16 + len(packet), b"uuid") + MP4_XMP_UUID + packet)


def append_to_gif(path: Path, packet: bytes) -> None:
    """Add the packet before the trailer of a finished file."""
    with path.open("rb+") as file:
        file.seek(-1, io.SEEK_END)
        assert file.read(1) == _GIF_TRAILER
        file.seek(-1, io.SEEK_END)
        file.write(_GIF_APPLICATION + packet + _GIF_MAGIC + _GIF_TRAILER)


def packet_in_mp4(path: Path) -> bytes | None:
    """The packet of an MP4 or MOV; None where there is none, or where this is no such file."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        position = 0
        while position + 24 <= size:
            file.seek(position)
            length, kind, header = _box(file, size - position)
            if kind == b"uuid" and file.read(16) == MP4_XMP_UUID:
                return file.read(min(length - header - 16, _LARGEST_PACKET))
            if length < header:
                return None
            position += length
    return None


def packet_at_end_of_gif(path: Path) -> bytes | None:
    """The packet that `append_to_gif` put there; None where there is none."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - _LARGEST_PACKET))
        _, found, rest = file.read().rpartition(_GIF_APPLICATION)
    return rest.partition(_GIF_MAGIC)[0] if found else None


def _box(file: BinaryIO, left: int) -> tuple[int, bytes, int]:
    """Length of the box at hand, its kind, and the length of its header; 0 stands for "to the end"."""
    length, kind = struct.unpack(">I4s", file.read(8))
    if length == 1:
        return *struct.unpack(">Q", file.read(8)), kind, 16
    return length or left, kind, 8
