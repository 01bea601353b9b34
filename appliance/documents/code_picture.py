"""A QR code in a picture, looked for in a process with limits that ends with each: it may be anybody's picture."""

from __future__ import annotations

import io
import sys

from appliance.documents.reading_child import ChildLate, answer, read_by
from appliance.documents.scanning import LARGEST_PICTURE, MAX_PIXELS

SECONDS = 6.0
PROCESSOR_SECONDS = 2
LONGEST = 400
"""Letters of a code; ours have two hundred, and a longer one is none of ours."""


def code_in(picture: bytes) -> str:
    """The text of a QR code (ISO/IEC 18004) in a JPEG or PNG; empty if none can be read within the limits."""
    if not 0 < len(picture) <= LARGEST_PICTURE:
        return ""
    try:
        found = read_by([sys.executable, "-m", "appliance.documents.code_picture"], picture, SECONDS)
    except ChildLate:
        return ""
    return (found or b"").decode(errors="replace")


def _code(picture: bytes) -> bytes | None:
    # Native code, which the appliance itself never loads.
    import zxingcpp
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return None
            grey = opened.convert("L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found[0].text[:LONGEST].encode(errors="replace") if found else b""


if __name__ == "__main__":
    sys.exit(answer(_code, PROCESSOR_SECONDS))
