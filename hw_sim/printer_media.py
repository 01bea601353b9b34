"""What a sheet printer and a card printer say they can do: media, resolutions, formats (PWG 5100.14, 5101.1)."""

from __future__ import annotations

import uuid

from hw_sim.ipp import Attribute, Tag, of
from hw_sim.printouts import Kind

_DPI = (300, 300, 3)
_APPLE = ("V1.4", "W8", "SRGB24", "RS300", "CP1", "DM1")
_COMMANDS = {"application/pdf": "PDF", "image/pwg-raster": "PWG", "image/urf": "URF"}
_COLORS: dict[Kind, tuple[str, ...]] = {"sheet": ("color", "monochrome"), "card": ("color",)}
_SIDES: dict[Kind, tuple[str, ...]] = {
    "sheet": ("one-sided", "two-sided-long-edge", "two-sided-short-edge"),
    "card": ("one-sided",),
}
_MEDIA: dict[Kind, tuple[str, int, int, tuple[int, ...], str]] = {
    "sheet": ("iso_a4_210x297mm", 21000, 29700, (0, 423), "tray-1"),
    # CUPS loses the default size if a borderless card is the only one: both margins must be offered.
    "card": ("om_id-1_54x86mm", 5400, 8600, (0, 100), "manual"),
}


def _media_col(kind: Kind, margin: int) -> dict[str, Attribute]:
    _, width, length, _, source = _MEDIA[kind]
    size = {"x-dimension": of(Tag.INTEGER, width), "y-dimension": of(Tag.INTEGER, length)}
    sides = ("top", "bottom", "left", "right")
    return {
        "media-size": of(Tag.COLLECTION, size),
        **{f"media-{side}-margin": of(Tag.INTEGER, margin) for side in sides},
        "media-source": of(Tag.KEYWORD, source),
        "media-type": of(Tag.KEYWORD, "stationery" if kind == "sheet" else "com.card"),
    }


def job_template(kind: Kind, model: str, formats: tuple[str, ...], uri: str) -> dict[str, Attribute]:
    """The attributes that never change."""
    media, width, length, margins, source = _MEDIA[kind]
    size = {"x-dimension": of(Tag.INTEGER, width), "y-dimension": of(Tag.INTEGER, length)}
    columns = [_media_col(kind, margin) for margin in margins]
    return {
        "attributes-charset": of(Tag.CHARSET, "utf-8"),
        "charset-configured": of(Tag.CHARSET, "utf-8"),
        "charset-supported": of(Tag.CHARSET, "utf-8"),
        "color-supported": of(Tag.BOOLEAN, True),
        "compression-supported": of(Tag.KEYWORD, "none"),
        "copies-default": of(Tag.INTEGER, 1),
        "copies-supported": of(Tag.RANGE, (1, 99 if kind == "sheet" else 1)),
        "document-format-default": of(Tag.MIME_TYPE, formats[0]),
        "document-format-supported": of(Tag.MIME_TYPE, *formats),
        "generated-natural-language-supported": of(Tag.LANGUAGE, "en"),
        "ipp-features-supported": of(Tag.KEYWORD, "ipp-everywhere"),
        "ipp-versions-supported": of(Tag.KEYWORD, "1.1", "2.0"),
        "media-bottom-margin-supported": of(Tag.INTEGER, *margins),
        "media-col-database": of(Tag.COLLECTION, *columns),
        "media-col-default": of(Tag.COLLECTION, columns[0]),
        "media-col-ready": of(Tag.COLLECTION, *columns),
        "media-col-supported": of(
            Tag.KEYWORD,
            "media-size",
            "media-source",
            "media-type",
            *(f"media-{side}-margin" for side in ("top", "bottom", "left", "right")),
        ),
        "media-default": of(Tag.KEYWORD, media),
        "media-left-margin-supported": of(Tag.INTEGER, *margins),
        "media-ready": of(Tag.KEYWORD, media),
        "media-right-margin-supported": of(Tag.INTEGER, *margins),
        "media-size-supported": of(Tag.COLLECTION, size),
        "media-source-supported": of(Tag.KEYWORD, source),
        "media-supported": of(Tag.KEYWORD, media),
        "media-top-margin-supported": of(Tag.INTEGER, *margins),
        "media-type-supported": of(Tag.KEYWORD, "stationery" if kind == "sheet" else "com.card"),
        "multiple-document-jobs-supported": of(Tag.BOOLEAN, False),
        "natural-language-configured": of(Tag.LANGUAGE, "en"),
        "orientation-requested-supported": of(Tag.ENUM, 3, 4, 5, 6),
        "output-bin-default": of(Tag.KEYWORD, "face-up"),
        "output-bin-supported": of(Tag.KEYWORD, "face-up"),
        "pdl-override-supported": of(Tag.KEYWORD, "attempted"),
        "print-color-mode-default": of(Tag.KEYWORD, "color"),
        "print-color-mode-supported": of(Tag.KEYWORD, *_COLORS[kind]),
        "print-quality-default": of(Tag.ENUM, 5),
        "print-quality-supported": of(Tag.ENUM, 5),
        "print-scaling-default": of(Tag.KEYWORD, "none"),
        "print-scaling-supported": of(Tag.KEYWORD, "none", "auto", "fit", "fill"),
        "printer-device-id": of(Tag.TEXT, f"MFG:Dock;MDL:{model};CMD:{','.join(_COMMANDS[one] for one in formats)};"),
        "printer-info": of(Tag.TEXT, model),
        "printer-location": of(Tag.TEXT, ""),
        "printer-make-and-model": of(Tag.TEXT, f"Dock {model}"),
        "printer-more-info": of(Tag.URI, uri.replace("ipp://", "http://")),
        "printer-name": of(Tag.NAME, kind),
        "printer-resolution-default": of(Tag.RESOLUTION, _DPI),
        "printer-resolution-supported": of(Tag.RESOLUTION, _DPI),
        "printer-uri-supported": of(Tag.URI, uri),
        "printer-uuid": of(Tag.URI, f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, uri)}"),
        "pwg-raster-document-resolution-supported": of(Tag.RESOLUTION, _DPI),
        "pwg-raster-document-sheet-back": of(Tag.KEYWORD, "normal"),
        "pwg-raster-document-type-supported": of(Tag.KEYWORD, "srgb_8"),
        "sides-default": of(Tag.KEYWORD, "one-sided"),
        "sides-supported": of(Tag.KEYWORD, *_SIDES[kind]),
        **({"urf-supported": of(Tag.KEYWORD, *_APPLE)} if "image/urf" in formats else {}),
        "uri-authentication-supported": of(Tag.KEYWORD, "none"),
        "uri-security-supported": of(Tag.KEYWORD, "none"),
        "which-jobs-supported": of(Tag.KEYWORD, "completed", "not-completed", "all"),
    }
