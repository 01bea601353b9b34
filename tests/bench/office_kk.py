"""A family card typeset, signed and let through the gate, against bare typst and bare pyHanko doing the same work.

Bare typst is a process of its own for each card, as its command line is and as ours is; what it takes inside one
process that goes on is told beside it. Then a hundred cards through the acts of the office, signed in batches:
what the process keeps afterwards.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import typst
from counter import PEOPLE, Counter, open_counter
from rows import Row, in_turn, seconds

from appliance.app.signers import signer_of
from appliance.casework.roles import Role
from appliance.central.accounts import load_accounts
from appliance.central.esign import Signer, SignRequest
from appliance.central.signature_gate import check_signature
from appliance.clock import utc_millis
from appliance.config import Central
from appliance.documents.render import Renderer
from appliance.documents.sheets import family_card_data
from appliance.documents.values import FamilyCard, FamilyMember
from appliance.documents.worker import HOME
from appliance.office.sign_batch import sign_batch, signed_in
from hw_sim.central.esign import sign_pdf
from hw_sim.central.offices import HEAD_NIK, OFFICIALS, CentralOffices
from hw_sim.world import World

ROUNDS, LIMIT = 15, 1.5
SIGNED, BATCH = 100, 20
KEPT_LIMIT = 1.05
"""Resident memory after a hundred signed cards for each byte after the first twenty."""
REASON, PLACE = "Penerbitan Kartu Keluarga", "Metro"
BARE = """
import sys, typst
template, root, fonts = sys.argv[1:4]
paper = typst.compile(template, root=root, font_paths=[fonts], ignore_system_fonts=True, format="pdf",
    sys_inputs={"data": sys.stdin.read()}, pdf_standards=["a-2a", "ua-1"], timestamp=1795512000)
sys.stdout.buffer.write(paper + b"\\n")
"""


def family_card(members: int, number: int) -> FamilyCard:
    """An invented family; `number` makes it another one."""
    name = "".join(chr(65 + number // 26**place % 26) for place in range(5))
    people = tuple(
        FamilyMember(
            full_name=f"SUGENG {name}",
            nik=f"997201010771{one:04d}",
            sex="LAKI-LAKI",
            birth_place="METRO",
            birth_date=date(1971, 7, 1),
            religion="ISLAM",
            education="SLTA/SEDERAJAT",
            occupation="PETANI/PEKEBUN",
            blood_type="-",
            marital_status="BELUM KAWIN",
            marriage_date=None,
            family_relation="KEPALA KELUARGA" if one == 0 else "LAINNYA",
            citizenship="WNI",
            passport_number="",
            stay_permit_number="",
            father_name="-",
            mother_name="-",
        )
        for one in range(members)
    )
    return FamilyCard(
        kk_number="9972011011260003",
        head_name=people[0].full_name,
        address="JL. KENANGA NO. 14",
        rt="003",
        rw="002",
        postal_code="34112",
        village="YOSOMULYO",
        district="METRO PUSAT",
        city="KOTA METRO",
        province="LAMPUNG",
        members=people,
        issued_on=date(2026, 11, 24),
        signer_title="KEPALA DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL KOTA METRO",
        signer_name="CONTOH PEJABAT",
        signer_nip="990001011990031001",
        verification_link="https://periksa.example.go.id/kk/9Qd73fKx22Lm8aTz",
        issued_at=1_795_512_000_000,
        specimen=True,
    )


def bare_paper(card: FamilyCard) -> bytes:
    """The same sheet by typst alone, in a process of its own."""
    arguments = [str(HOME / "templates" / "family_card.typ"), str(HOME / "templates"), str(HOME / "fonts")]
    data = json.dumps(family_card_data(card), ensure_ascii=False).encode()
    return subprocess.run(
        [sys.executable, "-c", BARE, *arguments], input=data, capture_output=True, check=True
    ).stdout


@dataclass(frozen=True)
class Service:
    """The e-sign service of the simulated office, as the appliance calls it."""

    offices: CentralOffices
    signer: Signer
    roots: bytes

    def bare(self, paper: bytes) -> bytes:
        """Signed by pyHanko alone, with the same key."""
        return sign_pdf(paper, self.offices.authorities.officials[HEAD_NIK], REASON, PLACE)

    def ours(self, paper: bytes) -> bytes:
        """Signed by the service and let through the gate."""
        asked = utc_millis()
        signed = self.signer.sign(SignRequest(paper, HEAD_NIK, REASON, PLACE), OFFICIALS[0].passphrase).document
        check_signature(
            signed, original=paper, official_nik=HEAD_NIK, roots_pem=self.roots, asked_at=asked, now=utc_millis()
        )
        return signed


def compared(service: Service, members: int) -> Iterator[Row]:
    """Whole, and each part by itself; every round makes another family's card."""
    renderer, number = Renderer(), itertools.count()
    what = f"family card of {members}"

    def one() -> FamilyCard:
        return family_card(members, next(number))

    def whole_ours() -> float:
        card = one()
        return seconds(lambda: service.ours(renderer.render_family_card(card)))

    def whole_bare() -> float:
        card = one()
        return seconds(lambda: service.bare(bare_paper(card)))

    def typeset_ours() -> float:
        card = one()
        return seconds(lambda: renderer.render_family_card(card))

    def typeset_bare() -> float:
        card = one()
        return seconds(lambda: bare_paper(card))

    def typeset_within() -> float:
        data = json.dumps(family_card_data(one()), ensure_ascii=False)
        return seconds(
            lambda: typst.compile(
                HOME / "templates" / "family_card.typ",
                root=HOME / "templates",
                font_paths=[HOME / "fonts"],
                ignore_system_fonts=True,
                format="pdf",
                sys_inputs={"data": data},
                pdf_standards=["a-2a", "ua-1"],
            )
        )

    paper = renderer.render_family_card(one())
    assert paper == bare_paper(family_card(members, 0)), "the same work: the same bytes"
    for part, ours, floor, limit in (
        ("typeset, signed, let through", whole_ours, whole_bare, LIMIT),
        ("typeset", typeset_ours, typeset_bare, None),
        ("typeset, against a process that goes on", typeset_ours, typeset_within, None),
        (
            "signed, let through",
            lambda: seconds(lambda: service.ours(paper)),
            lambda: seconds(lambda: service.bare(paper)),
            None,
        ),
    ):
        mine, theirs = in_turn(ours, floor, ROUNDS)
        yield Row(f"{what}: {part}", mine * 1000, theirs * 1000, "ms", limit)


@dataclass(frozen=True)
class Kept:
    """What this process holds: resident bytes, open files, children, files in its temporary folder."""

    memory: int
    files: int
    children: int
    temporary: int


def kept(temporary: Path) -> Kept:
    """Now, after a collection."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return Kept(
        pages * os.sysconf("SC_PAGE_SIZE"),
        len(list(Path("/proc/self/fd").iterdir())),
        len(children),
        sum(1 for one in temporary.rglob("*") if one.is_file()),
    )


def office_that_signs(folder: Path, service: Service) -> Counter:
    """An office with the real typesetter, and the service as its signer."""
    counter = open_counter(folder, utc_millis())
    settings = counter.office.settings
    settings = replace(settings, office=replace(settings.office, head_nik=HEAD_NIK))
    counter.office = replace(counter.office, settings=settings)
    counter.machines = replace(counter.machines, settings=settings, renderer=Renderer())
    counter.offices = replace(
        counter.offices, settings=settings, signer=service.signer, esign_roots=service.roots,
        forget_passphrases=counter.lent.clear,
    )  # fmt: skip
    return counter


def hundred(service: Service, folder: Path) -> Iterator[Row]:
    """Batch after batch through the acts; what is there after the last against what was there after the first."""
    temporary = folder / "tmp"
    temporary.mkdir()
    before, tempfile.tempdir = tempfile.tempdir, str(temporary)
    counter = office_that_signs(folder / "office", service)
    kadis, looks, took = PEOPLE[Role.KADIS], [], 0.0
    try:
        for _ in range(SIGNED // BATCH):
            cases = [counter.validated() for _ in range(BATCH)]
            began = time.perf_counter()
            batch, refused = sign_batch(
                counter.office, kadis, {"cases": cases, "passphrase": OFFICIALS[0].passphrase}
            )
            counter.run("esign")
            took += time.perf_counter() - began
            assert not refused and len(signed_in(counter.office, kadis, batch)) == BATCH
            assert counter.lent == {}, "no passphrase outlives its batch"
            looks.append(kept(temporary))
    finally:
        tempfile.tempdir = before
        counter.store.close()
    first, last = looks[0], looks[-1]
    yield Row(f"signed in batches of {BATCH}: a card", took / SIGNED * 1000, 0, "ms", None)
    yield Row(f"memory after {SIGNED} against {BATCH}", last.memory / 2**20, first.memory / 2**20, "MiB", KEPT_LIMIT)
    yield Row(f"open files after {SIGNED} more than after {BATCH}", last.files - first.files, 0, "files", 0)
    yield Row("processes left", last.children, 0, "processes", 0)
    yield Row("temporary files left", last.temporary, 0, "files", 0)


def rows() -> Iterator[Row]:
    """All of them, the service being one of the simulator's."""
    with tempfile.TemporaryDirectory(prefix="siaga-bench-") as place:
        folder = Path(place)
        offices = CentralOffices(World(0.0), folder / "offices")
        offices.open()
        try:
            signer = signer_of(
                Central(None, None, offices.server.url("esign"), None), load_accounts(offices.credentials)["esign"]
            )
            assert signer is not None
            service = Service(offices, signer, offices.authorities.esign_roots.read_bytes())
            for members in (4, 30):
                yield from compared(service, members)
            yield from hundred(service, folder)
        finally:
            offices.close()
