"""A family card or identity card held to the kiosk: from the code or the chip to two facts on the page."""

from __future__ import annotations

import functools
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
import typst
from counter import Counter, open_counter
from field import PROFILE, Bench, Field
from flask.testing import FlaskClient
from front_office import FrontOffice, open_office, post
from paper_keys import OFFICE, Sealer, sealer
from sqlalchemy import update

from appliance.casework.family_card_code import SealBody, family_card_code, family_card_link, sealed_link
from appliance.central.paper_seal import KnownOffices
from appliance.chip.writer import Outcome
from appliance.diagnostics.board import DeviceReading
from appliance.drivers.catalogue import open_device
from appliance.issuance import document_look
from appliance.issuance.machines import Machines
from appliance.issuance.rack import DeviceRack
from appliance.kiosk_ui import words
from appliance.kiosk_ui.desk import Desk
from appliance.queue import jobs
from appliance.queue.worker import work_one
from appliance.records.schema import blank
from hw_sim.barcode_reader import BarcodeReader
from hw_sim.camera import CameraLevers, MjpegCamera
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities, Official, make_authorities
from hw_sim.papers import Letter
from hw_sim.world import World

HEAD = "9972014107700001"
SHEET = typst.compile(b"#set document(date: datetime(year: 2026, month: 11, day: 24))\n= KK", format="pdf") + b"\n"


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    return make_authorities(tmp_path_factory.mktemp("pki"), (Official(HEAD, "Kepala Dinas", "x"),))


@dataclass
class Kiosk:
    """A kiosk with a code reader and a card reader, the books of an office, and somebody before it."""

    counter: Counter
    place: FrontOffice
    reader: BarcodeReader
    field: Field
    camera: MjpegCamera
    machines: Machines
    visitor: FlaskClient

    def checks(self, what: str, show: Callable[[], None] = lambda: None, seconds: float = 5.0) -> str:
        """The page after this was held up."""
        assert post(self.visitor, "/periksa", f"/periksa/{what}").status_code == 303
        with self.counter.store.read() as tx:
            (lane,) = {job.lane for job in jobs.unfinished(tx) if job.kind in {"read-family-card", "check-card"}}
        looked = threading.Event()

        def wave() -> None:
            while not looked.wait(0.02):
                show()

        waving = threading.Thread(target=wave)
        waving.start()
        try:
            steps = {
                "read-family-card": functools.partial(document_look.read_family_card, self.machines, seconds=seconds),
                "check-card": functools.partial(document_look.check_card, self.machines, seconds=seconds),
            }
            assert work_one(self.counter.store, lane, "test", steps)
        finally:
            looked.set()
            waving.join()
        answer = self.visitor.get("/periksa/tunggu")
        return self.visitor.get(answer.headers["Location"]).text if answer.status_code == 303 else answer.text

    def holds(self, text: str) -> str:
        return self.checks("kk", lambda: self.reader.show(text))

    def shows_the_camera(self, paper: Letter | None, seconds: float = 10.0) -> str:
        """The same at a kiosk without a code reader."""
        self.place.devices[:] = [one for one in self.place.devices if one.name != "barcode_reader"]
        self.camera.world.people["at_camera"] = paper
        return self.checks("kk", seconds=seconds)

    def signed(self, trust: Authorities, more: bytes = b"") -> tuple[str, str]:
        """A case whose family card was typeset and signed now; its id and the code on the paper."""
        case = self.counter.validated()
        return case, self.sign(trust, case, more)

    def sign(self, trust: Authorities, case: str, more: bytes = b"") -> str:
        self.counter.keep_signed(case, sign_pdf(SHEET + more, trust.officials[HEAD], "KK", "Metro"))
        return self.printed(case)

    def printed(self, case: str) -> str:
        """The code on the draft as it was typeset last: `Clerk` typesets a card as its values."""
        record, draft = self.counter.case(case), self.counter.evidence(case, "kk_draft")[-1]
        sheet = self.counter.office.vault.get(record.id, record.wrapped_key, str(draft.blob)).decode()
        (code,) = re.findall(r"verification_link='([^']+)'", sheet)
        return str(code)

    def knows(self, *offices: Sealer) -> None:
        """These offices are pinned here, and no other."""
        known = KnownOffices.from_pem(b"".join(one.certificate for one in offices))
        self.machines = replace(self.machines, known_offices=known)

    def seals(self, office: Sealer) -> None:
        """From now on this office's cards are sealed, with a key that is known here."""
        self.counter.machines = replace(self.counter.machines, paper_key=office.key)
        self.knows(office)


@pytest.fixture
def kiosk(tmp_path: Path, trust: Authorities) -> Iterator[Kiosk]:
    reader = BarcodeReader(World(speed=0))
    reader.start()
    camera = MjpegCamera(World(speed=0))
    camera.start()
    counter = open_counter(tmp_path / "books", time.time_ns() // 1_000_000)
    place = open_office(tmp_path / "unused", roles=())
    place.office.store.close()
    desk = Desk(counter.office, trust.esign_roots.read_bytes())
    place.services = replace(place.services, desk=desk, clock=counter.clock)
    now = counter.clock()
    place.devices += [
        DeviceReading(name, "ok", since=now, asked=now + 60_000)
        for name in ("barcode_reader", "chip_encoder", "camera")
    ]
    field = Field(None)
    rack = DeviceRack(
        {
            "barcode_reader": open_device("barcode_reader", reader.uri),
            "chip_encoder": field,
            "camera": open_device("camera", camera.uri),
        }
    )
    machines = replace(counter.machines, rack=rack, profile=PROFILE)
    yield Kiosk(counter, place, reader, field, camera, machines, place.app("resident").test_client())
    rack.close()
    reader.stop()
    camera.stop()
    counter.store.close()


def facts(page: str) -> dict[str, str]:
    """The word of each fact on the page."""
    found = re.findall(r'data-fact="(\w+)">.*?<strong>([^<]+)\.</strong>', page, re.S)
    assert len(found) == 2, page
    return dict(found)


def test_a_family_card_of_this_office_is_genuine_and_current_until_a_newer_one_is_signed(
    kiosk: Kiosk, trust: Authorities
) -> None:
    case, code = kiosk.signed(trust)
    page = kiosk.holds(code)
    assert facts(page) == {"genuine": "Asli", "current": "Berlaku"}
    assert re.search(r"data-compare>Bandingkan dengan kertas: 1 orang, ditandatangani \d+ \w+ 20\d\d\.", page)
    for secret in ("SUGENG", str(kiosk.counter.case(case).kk_number), kiosk.counter.case(case).code):
        assert secret not in page
    kiosk.counter.clock.go(5)
    with kiosk.counter.store.write() as tx:
        jobs.put(tx, "render", "kk-draft", "kk-draft:again", case_id=case)
    kiosk.counter.run("render")
    newer = kiosk.sign(trust, case, b"% newer\n")
    assert newer != code
    assert facts(kiosk.holds(code)) == {"genuine": "Asli", "current": "Tidak berlaku lagi"}
    assert facts(kiosk.holds(newer)) == {"genuine": "Asli", "current": "Berlaku"}


def test_a_number_of_ours_with_another_second_was_never_printed(kiosk: Kiosk, trust: Authorities) -> None:
    _, code = kiosk.signed(trust)
    head, second = code.rsplit(":", 1)
    page = kiosk.holds(f"{head}:{int(second, 16) - 1:x}")
    assert facts(page) == {"genuine": "Tidak asli", "current": "Tidak berlaku"}
    assert "data-compare" not in page


NUMBER, DAY = "9972019911260007", date(2026, 11, 24)
UNKNOWN = {"genuine": "Asli: tidak diketahui di sini", "current": "Berlaku: tidak diketahui sekarang"}
VOUCHED = {"genuine": "Asli", "current": "Berlaku: tidak diketahui sekarang"}
FALSE = {"genuine": "Tidak asli", "current": "Tidak berlaku"}


def card_of(office: Sealer, number: str = NUMBER, issued_at: int = 1_795_512_000_000) -> str:
    """The code on a card that an office printed from books of its own."""
    return sealed_link(SealBody(office.key.key_id, number, DAY, bytes(16)), issued_at, office.key.sign)


def test_a_card_of_another_office_is_genuine_by_its_seal_and_only_that_office_knows_whether_it_is_current(
    kiosk: Kiosk,
) -> None:
    other = sealer("Disdukcapil Kota Contoh")
    kiosk.knows(sealer(OFFICE), other)
    page = kiosk.holds(card_of(other))
    assert facts(page) == VOUCHED
    assert "Kodenya dari kantor yang kami kenal." in page and "Tanya kantor penerbitnya." in page
    compare = "data-compare>Bandingkan dengan kertas: dikeluarkan 24 November 2026, Disdukcapil Kota Contoh."
    assert compare in page
    with kiosk.visitor.session_transaction() as visit, kiosk.counter.store.read() as tx:
        kept = str(jobs.by_key(tx, visit["look"][1])) + str(visit)
    for secret in (NUMBER, NUMBER[-4:], card_of(other)[-40:]):
        assert secret not in page + kept


def test_a_digit_that_was_changed_and_a_key_that_is_not_known_are_two_answers(kiosk: Kiosk) -> None:
    other = sealer("Disdukcapil Kota Contoh")
    kiosk.knows(sealer(OFFICE), other)
    altered = card_of(other).replace(NUMBER, "9972019911260008")
    forged = sealed_link(SealBody(other.key.key_id, NUMBER, DAY, bytes(16)), 1_795_512_000_000, sealer("x").key.sign)
    for code in (altered, forged, card_of(other)[:-3] + "000"):
        page = kiosk.holds(code)
        assert facts(page) == FALSE and "data-compare" not in page
    kiosk.knows(sealer(OFFICE))
    page = kiosk.holds(card_of(other))
    assert facts(page) == UNKNOWN and "Kunci kantor pembuatnya tidak dikenal di sini." in page
    assert "Contoh" not in page
    page = kiosk.holds(card_of(other)[:-1])
    assert facts(page) == UNKNOWN and "Bukan dari kantor ini." in page


def test_a_sealed_card_of_this_office_is_told_by_its_books(kiosk: Kiosk, trust: Authorities) -> None:
    kiosk.seals(sealer(OFFICE))
    case, code = kiosk.signed(trust)
    read = family_card_code(code)
    assert read is not None and read.seal is not None
    assert read.seal.body.record.hex() == kiosk.counter.evidence(case, "kk_draft")[-1].facts["record"]
    page = kiosk.holds(code)
    assert facts(page) == {"genuine": "Asli", "current": "Berlaku"} and "1 orang, ditandatangani" in page
    kiosk.knows()
    assert facts(kiosk.holds(code)) == {"genuine": "Asli", "current": "Berlaku"}, "a key that was taken back"
    plain = family_card_link(read.kk_number, read.second * 1000)
    assert facts(kiosk.holds(plain)) == {"genuine": "Asli", "current": "Berlaku"}, "as an older program printed it"


def test_a_seal_that_the_books_contradict_is_of_no_genuine_card(kiosk: Kiosk, trust: Authorities) -> None:
    own = sealer(OFFICE)
    kiosk.seals(own)
    case, code = kiosk.signed(trust)
    number, second = str(kiosk.counter.case(case).kk_number), int(code.split(":")[2], 16)
    assert facts(kiosk.holds(card_of(own, number, second * 1000))) == FALSE, "another record in that second"
    kiosk.counter.clock.go(5)
    with kiosk.counter.store.write() as tx:
        jobs.put(tx, "render", "kk-draft", "kk-draft:again", case_id=case)
    kiosk.counter.run("render")
    draft = kiosk.printed(case)
    assert draft != code
    assert facts(kiosk.holds(draft)) == FALSE, "a draft that nobody has signed"
    kiosk.sign(trust, case, b"% newer\n")
    assert facts(kiosk.holds(draft)) == {"genuine": "Asli", "current": "Berlaku"}
    assert facts(kiosk.holds(code)) == {"genuine": "Asli", "current": "Tidak berlaku lagi"}


def test_a_card_from_the_van_is_genuine_though_these_books_know_another_of_its_number(
    kiosk: Kiosk, trust: Authorities
) -> None:
    own = sealer(OFFICE)
    kiosk.seals(own)
    case, _ = kiosk.signed(trust)
    page = kiosk.holds(card_of(own, str(kiosk.counter.case(case).kk_number)))
    assert facts(page) == VOUCHED and OFFICE in page


def test_a_document_that_is_kept_no_longer_leaves_the_word_to_the_seal(kiosk: Kiosk, trust: Authorities) -> None:
    kiosk.seals(sealer(OFFICE))
    case, code = kiosk.signed(trust)
    kiosk.counter.office.vault.drop(str(kiosk.counter.evidence(case, "kk_signed")[-1].blob))
    page = kiosk.holds(code)
    assert facts(page) == {"genuine": "Asli", "current": "Berlaku"}
    assert f"dikeluarkan {words.date_of(kiosk.counter.clock())}, {OFFICE}." in page
    kiosk.knows()
    assert facts(kiosk.holds(code)) == UNKNOWN


@pytest.mark.parametrize(
    "text", ["https://example.invalid/<script>alert(1)</script>", "SIAGA-KK:9999999999999999:65000000", "1872010107"]
)
def test_what_is_not_of_this_office_is_not_known_here_and_nothing_of_it_is_kept(kiosk: Kiosk, text: str) -> None:
    page = kiosk.holds(text)
    assert facts(page) == {
        "genuine": "Asli: tidak diketahui di sini",
        "current": "Berlaku: tidak diketahui sekarang",
    }
    assert text not in page
    with kiosk.visitor.session_transaction() as visit, kiosk.counter.store.read() as tx:
        assert text not in str(jobs.by_key(tx, visit["look"][1]))


def test_a_chip_is_genuine_and_what_the_ledger_says_of_it_is_current(kiosk: Kiosk) -> None:
    bench = Bench()
    card, order, _ = bench.blank()
    assert bench.write(Field(card), order) is Outcome.WRITTEN
    kiosk.field.card = card
    kiosk.machines = replace(kiosk.machines, chip_roots=bench.who.root_pem)
    page = kiosk.checks("ktp")
    assert facts(page) == {"genuine": "Asli", "current": "Berlaku: tidak diketahui sekarang"}
    assert "SITI" not in page
    kiosk.counter.receive_blanks(1)
    for state, word in (("handed_over", "Berlaku"), ("spoiled", "Tidak berlaku lagi")):
        with kiosk.counter.store.write() as tx:
            tx.sql.execute(update(blank).where(blank.c.serial == "A001").values(uid=card.uid.hex(), state=state))
        assert facts(kiosk.checks("ktp"))["current"] == word
    assert kiosk.field.writes == [], "a look changes nothing on the card"


def test_a_chip_nobody_we_trust_signed_and_an_empty_one_are_not_genuine(kiosk: Kiosk) -> None:
    bench = Bench()
    card, order, _ = bench.blank()
    assert bench.write(Field(card), order) is Outcome.WRITTEN
    empty, _, _ = bench.blank()
    for one in (card, empty):
        kiosk.field.card = one
        assert facts(kiosk.checks("ktp"))["genuine"] == "Tidak asli"


def test_nothing_held_up_and_a_reader_that_is_gone_are_said_and_tried_again(kiosk: Kiosk) -> None:
    assert "Belum terbaca. Coba sekali lagi." in kiosk.checks("ktp")
    assert "Belum terbaca. Coba sekali lagi." in kiosk.checks("kk", seconds=0.1)
    kiosk.reader.port.unplug()
    page = kiosk.checks("kk")
    assert "Alat pembaca sedang tidak bisa. Tanya petugas." in page and 'data-act="look_kk"' in page
    with kiosk.counter.store.read() as tx:
        assert jobs.held(tx) == []


def test_a_card_taken_away_while_it_is_read_is_tried_again(kiosk: Kiosk) -> None:
    bench = Bench()
    card, order, _ = bench.blank()
    assert bench.write(Field(card), order) is Outcome.WRITTEN
    kiosk.field.card, kiosk.field.cut = card, 6
    assert "Belum terbaca. Coba sekali lagi." in kiosk.checks("ktp")


def test_a_reader_that_is_not_well_is_said_before_anybody_holds_anything_up(kiosk: Kiosk) -> None:
    kiosk.place.devices[:] = kiosk.place.devices[:1]
    page = kiosk.visitor.get("/periksa").text
    assert 'data-act="look_kk"' in page and 'data-closed="ktp"' in page and "look_ktp" not in page


def test_after_a_restart_nobody_holds_anything_any_more(kiosk: Kiosk) -> None:
    post(kiosk.visitor, "/periksa", "/periksa/ktp")
    late = replace(kiosk.machines, clock=lambda: kiosk.counter.clock() + 60_000)
    assert work_one(
        kiosk.counter.store, "encoder", "test", {"check-card": lambda job: document_look.check_card(late, job)}
    )
    assert "Belum terbaca" in kiosk.visitor.get("/periksa/tunggu").text


def test_documents_cannot_be_guessed_one_after_the_other(kiosk: Kiosk) -> None:
    answers = [post(kiosk.visitor, "/periksa", "/periksa/kk").status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]


@pytest.mark.parametrize(("turned", "leaning", "light"), [(0.0, 0.0, 1.0), (12.0, 0.05, 0.6), (-95.0, 0.08, 1.2)])
def test_without_a_code_reader_the_camera_reads_the_family_card_as_a_hand_holds_it(
    kiosk: Kiosk, trust: Authorities, turned: float, leaning: float, light: float
) -> None:
    _, code = kiosk.signed(trust)
    kiosk.camera.levers = CameraLevers(brightness=light)
    page = kiosk.shows_the_camera(Letter(("KARTU KELUARGA",), turned, leaning, code=code))
    assert facts(page) == {"genuine": "Asli", "current": "Berlaku"}
    with kiosk.visitor.session_transaction() as visit, kiosk.counter.store.read() as tx:
        assert code not in str(jobs.by_key(tx, visit["look"][1]))


def test_the_page_says_where_to_hold_it(kiosk: Kiosk) -> None:
    def held() -> str:
        post(kiosk.visitor, "/periksa", "/periksa/kk")
        return kiosk.visitor.get("/periksa/tunggu").text

    assert "pada kaca pembaca" in held()
    kiosk.checks("kk", seconds=0.1)
    kiosk.place.devices[:] = [one for one in kiosk.place.devices if one.name != "barcode_reader"]
    assert "Dekatkan kotak hitam putih KK ke kamera" in held()
    kiosk.place.devices[:] = [one for one in kiosk.place.devices if one.name != "camera"]
    assert 'data-closed="kk"' in kiosk.visitor.get("/periksa").text


@pytest.mark.parametrize(("turned", "leaning"), [(0.0, 0.0), (12.0, 0.05), (-95.0, 0.08)])
def test_the_camera_reads_a_sealed_code_too(kiosk: Kiosk, turned: float, leaning: float) -> None:
    other = sealer("Disdukcapil Kota Contoh")
    kiosk.knows(other)
    paper = Letter(("KARTU KELUARGA",), turned, leaning, code=card_of(other))
    assert facts(kiosk.shows_the_camera(paper)) == VOUCHED


@pytest.mark.parametrize(
    "paper", [None, Letter(("SURAT KETERANGAN DOMISILI",)), Letter(("x",), blur=14.0, code="SIAGA-KK:1")]
)
def test_what_the_camera_cannot_read_may_be_held_up_again(kiosk: Kiosk, paper: Letter | None) -> None:
    assert "Belum terbaca. Coba sekali lagi." in kiosk.shows_the_camera(paper, seconds=1.0)


def test_another_code_before_the_camera_is_not_ours(kiosk: Kiosk) -> None:
    page = kiosk.shows_the_camera(Letter(("x",), code="https://example.invalid/<script>"))
    assert facts(page)["genuine"] == "Asli: tidak diketahui di sini"


@pytest.mark.parametrize("levers", [CameraLevers(drop=True), CameraLevers(silent=True)])
def test_a_camera_that_fails_is_told_as_a_reader_that_cannot(kiosk: Kiosk, levers: CameraLevers) -> None:
    kiosk.camera.levers = levers
    assert "Alat pembaca sedang tidak bisa. Tanya petugas." in kiosk.shows_the_camera(Letter(("x",)), seconds=1.0)
