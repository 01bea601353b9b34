"""A family card as SIAK might typeset it: not our layout."""

from __future__ import annotations

import json

import typst


def typeset(kk_number: str, members: list[tuple[str, str]], note: str = "") -> bytes:
    """A family card in a layout that is not ours: no QR, other heads, names wrapped in a narrow column."""
    rows = [[str(number), name, nik, "LAKI-LAKI", "METRO"] for number, (nik, name) in enumerate(members, 1)]
    source = """
#set document(title: "KARTU KELUARGA", date: datetime(year: 2026, month: 11, day: 24))
#set page(width: 297mm, height: 210mm)
#set text(size: 8pt)
#let data = json(bytes(sys.inputs.data))
#align(center)[= KARTU KELUARGA
No. #data.kk]
Nama Kepala Keluarga : #data.rows.at(0).at(1)
#data.note
#table(columns: (8mm, 28mm, 40mm, 30mm, 30mm), [No], [Nama Lengkap], [NIK], [Jenis Kelamin], [Tempat Lahir],
  ..data.rows.flatten())
KEPALA DINAS \\ SRI WAHYUNI \\ NIP. 197801012005012001
"""
    data = json.dumps({"kk": kk_number, "rows": rows, "note": note})
    made = typst.compile(source.encode(), format="pdf", sys_inputs={"data": data})
    assert isinstance(made, bytes)
    return made + b"\n"
