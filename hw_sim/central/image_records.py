"""The pictures of a recording as the centre takes them: fingers in ISO/IEC 19794-4:2005, a face in 19794-5:2005.

The centre decodes every picture, as it will extract its own features from them.
"""

from __future__ import annotations

import io
import struct

from PIL import Image, UnidentifiedImageError

from hw_sim.central.finger_templates import POSITIONS

_CODINGS = {2: None, 3: "JPEG", 4: "JPEG2000", 5: "PNG"}


def finger_images(record: bytes) -> dict[str, bytes]:
    """The coded picture of each finger by its position (table 2, table 4); raises ValueError."""
    if len(record) < 32 or record[:8] != b"FIR\x00010\x00" or int.from_bytes(record[8:14]) != len(record):
        raise ValueError("not an ISO/IEC 19794-4:2005 record")
    level, count, unit, *resolutions, depth, coding = struct.unpack_from(">HBBHHHHBB", record, 16)
    if (level, unit, resolutions, depth) not in ((30, 1, [500] * 4, 8), (31, 1, [500] * 4, 8)):
        raise ValueError("not a record of 500 ppi and 8 bits")
    found: dict[str, bytes] = {}
    at = 32
    for _ in range(count):
        length, position, views, view, quality, impression = struct.unpack_from(">I5B", record, at)
        width, height = struct.unpack_from(">HH", record, at + 9)
        if not 1 <= position <= 10 or (views, view, impression) != (1, 1, 0) or quality > 100:
            raise ValueError("not one plain view of a finger")
        picture = record[at + 14 : at + length]
        _decoded(picture, _CODINGS.get(coding), (width, height), ("L",))
        found[POSITIONS[position - 1]] = picture
        at += length
    if at != len(record) or len(found) != count:
        raise ValueError("the record's fingers do not fill it")
    return found


def face_image(record: bytes) -> bytes:
    """The coded picture of the one face (§5.4 to §5.7), whose eyes must lie within it; raises ValueError."""
    if len(record) < 46 or record[:8] != b"FAC\x00010\x00":
        raise ValueError("not an ISO/IEC 19794-5:2005 record")
    length, faces, block, points = struct.unpack_from(">IHIH", record, 8)
    if (length, faces, block) != (len(record), 1, len(record) - 14):
        raise ValueError("the record's header is wrong")
    at = 34 + 8 * points
    kind, coding, width, height, colours = struct.unpack_from(">BBHHB", record, at)
    for point in range(points):
        x, y = struct.unpack_from(">HH", record, 36 + 8 * point)
        if x >= width or y >= height:
            raise ValueError("a feature point lies outside the picture")
    if kind > 2 or coding > 1 or colours != 1:
        raise ValueError("not a face in colour")
    picture = record[at + 12 :]
    _decoded(picture, ("JPEG", "JPEG2000")[coding], (width, height), ("RGB",))
    return picture


def _decoded(picture: bytes, coding: str | None, size: tuple[int, int], modes: tuple[str, ...]) -> None:
    if coding is None:
        raise ValueError("a coding that the centre cannot read")
    try:
        with Image.open(io.BytesIO(picture), formats=(coding,)) as opened:
            opened.load()
            if opened.size != size or opened.mode not in modes:
                raise ValueError("a picture of another size or kind than its record says")
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ValueError("a picture that cannot be decoded") from error
