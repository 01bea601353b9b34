"""The compact card format of ISO/IEC 19794-2:2005 §8.2: three bytes for a minutia, as the chip holds a finger."""

from __future__ import annotations

from appliance.biometrics.minutiae import CARD_MINUTIAE, PIXELS_PER_MM, BadTemplate, Kind, Minutia, Template, sized

_PER_PIXEL = 10 / PIXELS_PER_MM
_ANGLE = 360 / 64


def write(template: Template, count: int = CARD_MINUTIAE) -> bytes:
    """The best `count` minutiae, sorted by (y, x): x, y in 0.1 mm from their bounding box, kind and angle.

    Minutiae beyond 25.5 mm from the box's corner cannot be coded and are left out.
    """
    chosen = template.best(count).minutiae
    left = min((one.x for one in chosen), default=0)
    top = min((one.y for one in chosen), default=0)
    coded = []
    for one in chosen:
        x, y = round((one.x - left) * _PER_PIXEL), round((one.y - top) * _PER_PIXEL)
        if x <= 255 and y <= 255:
            coded.append((y, x, one.kind << 6 | round(one.angle / _ANGLE) % 64))
    return b"".join(bytes((x, y, last)) for y, x, last in sorted(coded))


def read(data: bytes) -> Template:
    """The template a card holds, back at 500 ppi; raises BadTemplate for a length or a kind that cannot be."""
    if not data or len(data) % 3 or len(data) > 3 * 255:
        raise BadTemplate("compact template: length is not a number of minutiae")
    points = []
    for index in range(0, len(data), 3):
        x, y, last = data[index : index + 3]
        if last >> 6 == 3:
            raise BadTemplate("compact template: reserved kind")
        angle = round((last & 63) * _ANGLE) % 360
        points.append(Minutia(round(x / _PER_PIXEL), round(y / _PER_PIXEL), angle, Kind(last >> 6)))
    return sized(points)
