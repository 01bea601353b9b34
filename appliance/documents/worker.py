"""The typesetting process: requests on standard input, papers on standard output, until the input ends.

A request is a 4-byte big-endian length and that many bytes of JSON `{template, format, timestamp, data}`. An answer
is one byte (0 a paper, 1 refused), a 4-byte length, and the paper or the JSON `{field}`, or `{why}` when no field is
to blame. Anything else ends the process with an exit code other than 0; nothing of a paper goes to standard error.
"""

from __future__ import annotations

import io
import json
import re
import resource
import struct
import sys
from pathlib import Path
from typing import BinaryIO, TypedDict

import typst
from PIL import Image

HOME = Path(__file__).parent
CARD_PPI = 300
_UNFIT = re.compile(r"does not fit: ([A-Za-z0-9_.]+)")
_NO_GLYPH = re.compile(r"could not be displayed|not support|no font")


class Request(TypedDict):
    """One paper to make: the template's name, `pdf` or `png`, UTC seconds, the values it shows."""

    template: str
    format: str
    timestamp: int
    data: dict[str, object]


class _Typesetter:
    """One compiler, so that fonts are read once."""

    def __init__(self) -> None:
        self._compiler = typst.Compiler(
            root=HOME / "templates", font_paths=[HOME / "fonts"], ignore_system_fonts=True, sys_inputs={}
        )

    def paper(self, request: Request) -> bytes:
        """The paper's bytes; raises `typst.TypstError`."""
        template = HOME / "templates" / f"{request['template']}.typ"
        inputs = {"data": json.dumps(request["data"], ensure_ascii=False)}
        # PDF/A refuses a character that the shipped fonts lack; a picture would show an empty box instead.
        # The picture is therefore typeset as PDF/A first.
        paper = self._compiler.compile(
            input=template,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["a-2a", "ua-1"],
            timestamp=request["timestamp"],
        )
        if request["format"] == "png":
            paper = self._compiler.compile(input=template, format="png", ppi=CARD_PPI, sys_inputs=inputs)
        if not isinstance(paper, bytes):
            raise ValueError(f"{request['template']}: a picture has one page")
        if request["format"] == "png":
            return _opaque(paper)
        # A PDF that ends without a newline stops being PDF/A (6.1.9) once a signature is appended.
        return paper + b"\n"


def _opaque(picture: bytes) -> bytes:
    """The picture without the alpha channel that typst adds: a printer has no glass to show through."""
    out = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").save(out, "PNG", dpi=(CARD_PPI, CARD_PPI))
    return out.getvalue()


def _exactly(stream: BinaryIO, count: int) -> bytes:
    content = stream.read(count)
    if len(content) != count:
        raise EOFError("the request was cut short")
    return content


def _refusal(error: typst.TypstError) -> dict[str, str] | None:
    text = f"{error.message}"
    unfit = _UNFIT.search(text)
    if unfit:
        return {"field": unfit.group(1)}
    if _NO_GLYPH.search(text):
        return {"why": "a character that no font of this office has"}
    return None


def serve(requests: BinaryIO, answers: BinaryIO) -> int:
    """Answer requests until the input ends; the process's exit code."""
    typesetter = _Typesetter()
    while head := requests.read(4):
        request: Request = json.loads(_exactly(requests, struct.unpack(">I", head)[0]))
        try:
            status, body = 0, typesetter.paper(request)
        except typst.TypstError as error:
            refusal = _refusal(error)
            if refusal is None:
                sys.stderr.write("the template could not be typeset\n")
                return 3
            status, body = 1, json.dumps(refusal).encode()
        answers.write(struct.pack(">BI", status, len(body)) + body)
        answers.flush()
    return 0


if __name__ == "__main__":
    # A crash must not leave personal data in a core file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(serve(sys.stdin.buffer, sys.stdout.buffer))
