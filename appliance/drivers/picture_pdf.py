"""A PNG as the one page of a PDF, dot for dot.

CUPS's picture filter resamples and turns pictures its own way; its PDF filters leave a page of the right size alone.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SPACES = {0: ("/DeviceGray", 1), 2: ("/DeviceRGB", 3)}
_INCHES_PER_METRE = 0.0254


@dataclass(frozen=True, slots=True)
class _Png:
    width: int
    height: int
    space: str
    colors: int
    dots_per_inch: float
    data: bytes


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body = data[at + 8 : at + 8 + length]
        check = data[at + 8 + length : at + 12 + length]
        if check != struct.pack(">I", zlib.crc32(data[at + 4 : at + 8] + body)):
            raise ValueError("the PNG is torn")
        yield data[at + 4 : at + 8], body
        at += 12 + length


def _read(data: bytes, default_dpi: float) -> _Png:
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG")
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        raise ValueError("the PNG is torn")
    width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if not width or not height:
        raise ValueError("the PNG has no dots")
    if color not in _SPACES or depth != 8 or interlace:
        raise ValueError("only PNGs of 8-bit grey or RGB, not interlaced, can be printed")
    dpi = default_dpi
    for name, body in chunks:
        if name == b"pHYs" and len(body) == 9 and body[8] == 1:
            dpi = round(struct.unpack_from(">I", body)[0] * _INCHES_PER_METRE) or default_dpi
    space, colors = _SPACES[color]
    return _Png(width, height, space, colors, dpi, b"".join(body for name, body in chunks if name == b"IDAT"))


def pdf_of(png: bytes, default_dpi: float = 300) -> bytes:
    """The PDF, its page as large as the picture at its own resolution (`pHYs`, else `default_dpi`).

    Takes 8-bit grey or RGB without interlace; raises ValueError for others and for torn files.
    """
    picture = _read(png, default_dpi)
    box = [f"{dots * 72 / picture.dots_per_inch:.4f}" for dots in (picture.width, picture.height)]
    content = f"{box[0]} 0 0 {box[1]} 0 0 cm /P Do".encode()
    # PNG's own row filters are PDF predictor 15 (ISO 32000-1 §7.4.4.4), so the data is taken as it is.
    image = (
        f"<< /Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} /BitsPerComponent 8 "
        f"/ColorSpace {picture.space} /Interpolate false /Filter /FlateDecode /DecodeParms << /Predictor 15 "
        f"/Colors {picture.colors} /Columns {picture.width} >> /Length {len(picture.data)} >>"
    )
    page = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {box[0]} {box[1]}] /Contents 4 0 R "
        f"/Resources << /XObject << /P 5 0 R >> >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page.encode(),
        f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
        image.encode() + b"\nstream\n" + picture.data + b"\nendstream",
    ]
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, content_of in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content_of + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
