"""What a signature's incremental update may do to a document: add the signature, and nothing that anybody sees.

That the old bytes are still in front proves nothing by itself: a later revision may redefine or free any object
(ISO 32000-1 §7.5.6). Readers are pyHanko's `PdfFileReader`.
"""

from __future__ import annotations

import io
from typing import Any

Number = tuple[int, int]

CATALOG_ADDITIONS = frozenset({"/AcroForm", "/Extensions", "/DSS", "/Version"})


def only_signed(signed: Any, original: Any, signature: Any) -> bool:
    """Whether the revisions after the original add this one invisible signature and change nothing else.

    Only the catalog (a form), the signature's page (its annotations) and descriptions (information, XMP) may be
    written anew.
    """
    first, last = original.xrefs.total_revisions, signed.xrefs.total_revisions
    if _number(signed.root_ref) != _number(original.root_ref) or "/Encrypt" in signed.trailer:
        return False
    before = _written_in(original, 0, first)
    if before & {_number(ref) for n in range(first, last) for ref in signed.xrefs.refs_freed_in_revision(n)}:
        return False
    page = signature.sig_field.raw_get("/P") if "/P" in signature.sig_field else None
    for number in _written_in(signed, first, last) & before - _descriptions(original):
        if number == _number(original.root_ref):
            free = CATALOG_ADDITIONS
        elif page is not None and number == _number(page):
            free = frozenset({"/Annots"})
        else:
            return False
        if not _same_but_for(free, _object(original, number), _object(signed, number)):
            return False
    if page is not None and not _one_more_annotation(original, signed, signature, _number(page)):
        return False
    left, bottom, right, top = signature.sig_field.get("/Rect", (0, 0, 0, 0))
    return bool(left == right or bottom == top)


def _number(reference: Any) -> Number:
    return int(reference.idnum), int(reference.generation)


def _written_in(document: Any, first: int, end: int) -> set[Number]:
    return {_number(ref) for n in range(first, end) for ref in document.xrefs.explicit_refs_in_revision(n)}


def _descriptions(original: Any) -> set[Number]:
    places = ((original.trailer, "/Info"), (original.root, "/Metadata"))
    described = (place.raw_get(key) for place, key in places if key in place)
    return {_number(ref) for ref in described if hasattr(ref, "idnum")}


def _object(document: Any, number: Number) -> Any:
    from pyhanko.pdf_utils.generic import Reference

    return document.get_object(Reference(*number, document))


def _same_but_for(free: frozenset[str], old: Any, new: Any) -> bool:
    if not (hasattr(old, "raw_get") and hasattr(new, "raw_get")):
        return False
    names = {*old.keys(), *new.keys()} - free
    return all(
        name in old and name in new and _bytes(old.raw_get(name)) == _bytes(new.raw_get(name)) for name in names
    )


def _one_more_annotation(original: Any, signed: Any, signature: Any, page: Number) -> bool:
    old = [_bytes(one) for one in _annotations(_object(original, page))]
    new = list(_annotations(_object(signed, page)))
    own = [one for one in new if hasattr(one, "idnum") and _object(signed, _number(one)) == signature.sig_field]
    rest = [_bytes(one) for one in new if one not in own]
    return len(own) == 1 and rest == old


def _annotations(page: Any) -> Any:
    return page.get("/Annots", ())


def _bytes(value: Any) -> bytes:
    out = io.BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()
