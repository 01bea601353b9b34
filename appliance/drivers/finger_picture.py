"""Whatever a scanner codes its picture in, the appliance keeps a PNG: 8-bit grey, 500 ppi, lossless."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageStat

from appliance.drivers.fir import BadRecord, Coding, FingerPicture

TOO_VAST = (Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What Pillow says of a picture of millions of dots, before it reads any; a warning from 89 million on."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS_PER_METRE = 19685
_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def as_png(picture: FingerPicture) -> bytes:
    """The picture as PNG; raises BadRecord for a coding that cannot be read or a picture of another size or scale."""
    if not 490 <= picture.ppi <= 510:
        raise BadRecord(f"{picture.ppi} ppi instead of 500")
    match picture.coding:
        case Coding.PNG:
            return _checked(picture)
        case Coding.RAW:
            if len(picture.data) != picture.width * picture.height:
                raise BadRecord("raw picture of another size")
            return written(picture.data, picture.width, picture.height)
        case Coding.JPEG2000 | Coding.JPEG2000_LOSSY | Coding.JPEG:
            return _decoded(picture)
        case _:
            raise BadRecord(f"coding {picture.coding.name} cannot be read here")


def written(grey: bytes, width: int, height: int) -> bytes:
    """Grey pixels as PNG with 500 ppi (PNG, W3C 2003, §11)."""
    rows = b"".join(b"\0" + grey[start : start + width] for start in range(0, width * height, width))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    scale = struct.pack(">IIB", _PIXELS_PER_METRE, _PIXELS_PER_METRE, 1)
    chunks = ((b"IHDR", header), (b"pHYs", scale), (b"IDAT", zlib.compress(rows, 3)), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def upright(grey: bytes, width: int, height: int, ppi: int, turn: int) -> tuple[bytes, int, int]:
    """Raw grey pixels as PNG of 500 ppi with its width and height: turned anticlockwise, then resampled (Lanczos).

    Resampling adds no detail; it gives a comparison the scale it expects. Raises BadRecord for another size.
    """
    if len(grey) != width * height:
        raise BadRecord("raw picture of another size")
    image = Image.frombytes("L", (width, height), grey)
    if turn:
        image = image.transpose(_TURNS[turn])
    size = (round(image.width * 500 / ppi), round(image.height * 500 / ppi))
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    return written(image.tobytes(), *size), *size


def contrast(grey: bytes, width: int, height: int) -> float:
    """The standard deviation of raw grey pixels, 0 to 127.5: a few for bare glass, tens for ridges."""
    return float(ImageStat.Stat(Image.frombytes("L", (width, height), grey)).stddev[0])


def _checked(picture: FingerPicture) -> bytes:
    data = picture.data
    if len(data) < 57 or not data.startswith(_SIGNATURE + b"\0\0\0\rIHDR") or not data.endswith(b"IEND\xaeB`\x82"):
        raise BadRecord("not a complete PNG")
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    if (width, height, depth, colour) != (picture.width, picture.height, 8, 0):
        raise BadRecord("PNG of another size or depth")
    return data


def _decoded(picture: FingerPicture) -> bytes:
    try:
        with Image.open(io.BytesIO(picture.data), formats=("JPEG2000", "JPEG")) as image:
            if image.size != (picture.width, picture.height):
                raise BadRecord("picture of another size")
            return written(image.convert("L").tobytes(), picture.width, picture.height)
    except (OSError, SyntaxError, *TOO_VAST) as error:
        raise BadRecord("picture cannot be decoded") from error
