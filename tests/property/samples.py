"""Good pictures and streams that several rows begin with."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

MOTION = "multipart/x-mixed-replace; boundary=edge"


def jpeg(width: int = 48, height: int = 720) -> bytes:
    """A small picture of noise."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 60).save(out, "JPEG", quality=60)
    return out.getvalue()


def grey_png(width: int = 40, height: int = 30, mode: str = "L") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).convert(mode).save(out, "PNG", dpi=(300, 300))
    return out.getvalue()


def parts(*bodies: bytes, measured: bool = True) -> bytes:
    """A multipart body as cameras send it."""
    out = b""
    for body in bodies:
        length = f"Content-Length: {len(body)}\r\n" if measured else ""
        out += f"--edge\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode() + body + b"\r\n"
    return out


def with_sums(data: bytes) -> bytes:
    """A PNG whose chunks have right check sums again, as far as it has chunks."""
    out, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        length = min(struct.unpack_from(">I", data, at)[0], len(data) - at - 12)
        body = data[at + 4 : at + 8 + length]
        out += struct.pack(">I", length) + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return bytes(out + data[at:])
