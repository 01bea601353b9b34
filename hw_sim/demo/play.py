"""The play: every role does its steps over the pages, and the hands move people, cards and paper."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hw_sim.card import KtpCard
from hw_sim.central.offices import OFFICIALS
from hw_sim.demo.batch import BatchOperator
from hw_sim.demo.browser import Browser, PageRefused
from hw_sim.demo.people import Crew, Stuck, again
from hw_sim.demo.script import Script
from hw_sim.demo.timeline import Timeline
from hw_sim.demo.workshop import look_round
from hw_sim.hands import Hands
from hw_sim.papers import Letter
from hw_sim.people import Person
from hw_sim.printer import Printer
from hw_sim.printer_jobs import State
from hw_sim.station import Station

PASSPHRASE = OFFICIALS[0].passphrase
RIGHT = ("right_index", "right_middle", "right_ring", "right_little")
LEFT = ("left_index", "left_middle", "left_ring", "left_little")
THUMBS = ("right_thumb", "left_thumb")
ENDED_EARLY = frozenset({"DITOLAK", "DIBATALKAN"})
BOX = 20
"""Blanks that the office is sent."""
LONG = 240.0
"""Longer than the appliance itself waits for a card printer before it asks a person."""
PEN_REST_SECONDS = 2.0
"""How long a hand must rest before a signature counts as finished; real time in every run."""


@dataclass(slots=True)
class Play:
    """One case from report to archive."""

    script: Script
    station: Station
    hands: Hands
    crew: Crew
    timeline: Timeline
    code: str = ""
    returns: int = 0
    cards: dict[int, KtpCard] = field(default_factory=dict)
    spoiled: list[KtpCard] = field(default_factory=list)
    blank_number: int = 0
    signings: int = 1
    handed: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Play all nine steps; raises `Stuck` or `PageRefused` where the appliance does not let the case on."""
        play = self.timeline.play
        play(0, "Terima blanko di gudang", "gudang", None, partial(again, self.receive_blanks))
        play(1, "Laporan di kios", "pemohon", None, partial(again, self.report))
        play(2, "Periksa kelengkapan", "petugas", 300, self.check)
        play(3, "Verifikasi", "kasi", 300, self.verify)
        if self.state()["state"] == "CEK_BIOMETRIK":
            play(3, "Cek biometrik sebelum NIK baru", "perekam", None, self.search)
        if self.state()["state"] in ENDED_EARLY:
            return
        if self.state()["state"] == "INPUT_SIAK":
            play(4, "Input SIAK", "operator", 300, self.enter)
            play(5, "Validasi", "kabid", 120, self.validate)
            play(6, "Tanda tangan elektronik", "kadis", 60, self.sign)
        to_record = [one["index"] for one in self.state()["residents"] if one["ktp_state"] == "BELUM_REKAM"]
        for index in to_record:
            play(7, f"Perekaman penduduk {index + 1}", "perekam", 300, partial(self.record, index))
            play(8, f"Menunggu PRR penduduk {index + 1}", "pusat", None, partial(self.wait_prr, index))
        if self.state()["kk_state"] == "KK_TERBIT":
            play(8, "Cetak KK", "operator", 120, self.print_kk)
        if len(to_record) > 1:
            count = f"{len(to_record)} KTP-el"
            play(8, f"Kumpulan {count}: chip dan cetak", "operator", None, partial(self.issue_batch, to_record))
        else:
            for index in to_record:
                play(8, f"Tulis chip dan cetak KTP-el {index + 1}", "operator", 120, partial(self.issue, index))
        for index in to_record:
            play(9, f"Serahkan KTP-el {index + 1}", "petugas", 60, partial(self.hand_over, index))
        if self.state()["kk_state"] == "KK_DICETAK":
            play(9, "Serahkan KK", "petugas", 60, self.hand_over_kk)
        play(9, "Arsip", "petugas", None, self.archive)

    def state(self, role: str = "petugas") -> Mapping[str, Any]:
        """The case now."""
        return self.crew.state(role)

    # -- office ----------------------------------------------------------------------------------------

    def receive_blanks(self) -> str:
        browser = self.crew.browsers["gudang"]
        browser.get("/petugas/blanko")
        if str(BOX) not in browser.get("/petugas/blanko").text:
            browser.submit("receive_blanks", {"batch": "SIM-2026-11", "first": "S0000001", "last": f"S{BOX:07d}"})
        return f"{BOX} blanks in the ledger"

    def report(self) -> str:
        browser = Browser(f"http://{self.crew.appliance.addresses['resident']}")
        case, reporter = self.script.case, self.script.case["reporter"]
        category, household = case["category"], case["household"]
        answers: dict[str, dict[str, Any]] = {
            "setuju": {},
            "pelapor": {"role": reporter["role"]},
            "nama": {"reporter": reporter["name"], "phone": reporter["phone"] or ""},
            "lembaga": {"institution": reporter["institution"]},
            "penduduk": {"resident": case["residents"][0]["full_name"]},
            "keadaan": {"condition": category["condition"]},
            "tempat": {"legal": category["legal"]},
            "kecamatan": {"district": household["kelurahan"][:8]},
            "kelurahan": {"kelurahan": household["kelurahan"]},
            "surat": {"papers": []},
        }
        browser.get("/")
        self.timeline.look("resident home", browser)
        page = browser.get("/lapor")
        for _ in range(len(answers) + 1):
            self.timeline.person_acts()
            acts = [form.act for form in page.forms]
            if "send_report" in acts:
                page = browser.submit("send_report")
                break
            slug = next(act for act in acts if act in answers)
            self.timeline.look(f"resident {slug}", browser)
            page = browser.submit(slug, answers[slug])
        words = " ".join(page.text)
        if "SG-" not in words:
            raise PageRefused(0, browser.path, ["the page with the code is gone"])
        start = words.index("SG-")
        self.code = words[start : start + 10]
        browser.submit("finish")
        return self.code

    def check(self) -> str:
        crew = self.crew
        crew.find_case("petugas", self.code)
        early = self.script.file(with_all_papers=False)
        crew.act("petugas", "attach_file", file=("berkas", "berkas.json", early))
        letters = {letter["kind"]: letter for letter in self.script.case["letters"]}
        self.photograph([letters[kind] for kind in letters if kind not in self.script.withheld])
        while "pass_check" not in self.state()["acts"]:
            if self.returns >= 3:
                raise Stuck("the file is returned again and again")
            missing = self.script.withheld
            fields: dict[str, Any] = {"reason": "SURAT_KURANG", "items": list(missing), "note": "Mohon dilengkapi."}
            crew.act("petugas", "return_file", fields)
            self.returns += 1
            again(self.bring_papers)
            brought = [letters[kind] for kind in self.script.withheld]
            self.describe(brought)
            self.photograph(brought)
        crew.act("petugas", "pass_check")
        return f"returned {self.returns} time(s)"

    def bring_papers(self) -> str:
        browser = Browser(f"http://{self.crew.appliance.addresses['resident']}")
        for paper in self.script.case["letters"]:
            if paper["kind"] not in self.script.withheld:
                continue
            self.find_case(browser)
            browser.get("/status/surat/surat")
            year, month, day = paper["date"].split("-")
            dated = {"date_day": day, "date_month": month, "date_year": year}
            for slug, fields in (
                ("surat", {"kind": paper["kind"]}),
                ("nomor", {"number": paper["number"]}),
                ("tanggal", dated),
                ("penerbit", {"issuer": paper["issuer"]}),
                ("penanda-tangan", {"signer": paper["signer"]}),
            ):
                self.timeline.person_acts()
                browser.submit(slug, fields)
        return self.code

    def describe(self, letters: Sequence[Mapping[str, Any]]) -> None:
        """Type off what these letters say."""
        if self.crew.appliance.papers:
            for letter in letters:
                if details := letter.get("details"):
                    self.crew.act("petugas", "describe_letter", {"kind": letter["kind"], **details})

    def photograph(self, letters: Sequence[Mapping[str, Any]]) -> None:
        """Lay one letter after the other before the camera, each a little askew."""
        if not self.crew.appliance.papers:
            return
        for place, letter in enumerate(letters):
            self.hands.lay(Letter(_lines(letter), turned=3.0 - 2.0 * (place % 4)))
            with self.timeline.person_busy():
                self.station.camera.picture()
            self.crew.act("petugas", "scan_paper", {"kind": letter["kind"]})
            self.crew.wait("petugas", "the letter's picture", lambda state: not _working(state, "capture-scan"))
        self.hands.lay(None)

    def find_case(self, browser: Browser) -> None:
        """Hold the slip to the reader until the screen shows the case; type its code where no reader is."""
        browser.get("/status")
        if not browser.offers("hold_slip"):
            browser.get("/status/kode")
            browser.submit("look_up", {"code": self.code})
            return
        until = time.monotonic() + 60
        while browser.path != "/status/berkas":
            if time.monotonic() > until:
                raise Stuck("the slip is held up and not read")
            if browser.offers("hold_slip"):
                browser.submit("hold_slip")
            self.station.reader.show(f"SIAGA:{self.code}")
            browser.get("/status/bukti")

    def verify(self) -> str:
        self.crew.act("kasi", "verify")
        return str(self.state()["state"])

    def search(self) -> str:
        for index, person in enumerate(self.script.cast):
            if "search_biometrics" not in self.crew.resident("perekam", index)["acts"]:
                continue
            self.hands.stand(person)
            fields = {"positions": list(_best_fingers(person))}
            self.crew.act("perekam", "search_biometrics", fields, resident=index)
            self.crew.wait("perekam", "search", lambda state: not state["jobs"])
        self.hands.stand(None)
        if "decide_search" in self.state("kasi")["acts"]:
            decision = {"decision": "reject", "reason": "Sudah terdaftar di pusat."}
            self.crew.act("kasi", "decide_search", decision)
        return str(self.state()["state"])

    def enter(self) -> str:
        self.crew.act("operator", "enter_siak")
        self.crew.wait("operator", "numbers and draft", lambda state: "submit_draft" in state["acts"])
        self.crew.act("operator", "submit_draft")
        return "NIK and KK number from SIAK"

    def validate(self) -> str:
        self.crew.act("kabid", "validate")
        return ""

    def sign(self) -> str:
        crew = self.crew

        def signed(state: Mapping[str, Any]) -> bool:
            if state["questions"]:
                question = state["questions"][0]
                crew.act("kadis", "answer_question", {"question": question["id"], "answer": "again"})
                self.signings += 1
            held = any(job["kind"] == "sign" and job["state"] == "hold" for job in state["jobs"])
            if held and not state["questions"] and "sign" in state["acts"]:
                crew.act("kadis", "sign", {"passphrase": PASSPHRASE})
            return bool(state["state"] != "TTE_KADIS")

        crew.act("kadis", "sign", {"passphrase": PASSPHRASE})
        crew.wait("kadis", "signature", signed)
        return f"{len(self.station.offices.esign.signed)} signature(s) at the service"

    # -- van -------------------------------------------------------------------------------------------

    def record(self, index: int) -> str:
        crew, person = self.crew, self.script.cast[index]
        self.hands.stand(person)
        crew.act("perekam", "start_recording", resident=index)
        if person.missing_fingers:
            self._before_the_camera()
        for finger in sorted(person.missing_fingers):
            missing = {"position": finger, "reason": "AMPUTASI", "permanent": "1"}
            crew.act("perekam", "except_finger", missing, resident=index)
        if person.missing_fingers:
            crew.wait("perekam", "photo of the hand", lambda state: not _working(state, "capture-hand"))
            crew.act("petugas", "confirm_exceptions", {"result": "yes"}, resident=index)
        captures = 0
        for slap in (RIGHT, LEFT, THUMBS):
            for _ in range(4):
                marks = crew.resident("perekam", index)["fingers"]
                wanted = [finger for finger in slap if marks[finger] == "open"]
                if not wanted:
                    break
                captures += 1
                crew.act("perekam", "capture_finger", {"position": wanted}, resident=index)
                crew.wait("perekam", "fingers", lambda state: not _working(state, "capture"))
        self._look_again(index)
        self._before_the_camera()
        for attempt in range(4):
            fields: dict[str, Any] = {"reason": "Penduduk tidak dapat menatap kamera."} if attempt >= 2 else {}
            crew.act("perekam", "capture_photo", fields, resident=index)
            crew.wait("perekam", "photo", lambda state: not _working(state, "capture-photo"))
            if crew.resident("perekam", index)["photo"]:
                break
        if person.signs:
            crew.act("perekam", "capture_signature", resident=index)
            crew.wait("perekam", "signature", lambda state: not _working(state, "capture-signature"), 90)
            self.timeline.person_rests(PEN_REST_SECONDS)
        else:
            self._without_a_pen(index, sorted({"right_thumb", "left_thumb"} - person.missing_fingers, reverse=True))
        crew.act("perekam", "finish_recording", resident=index)
        self.hands.stand(None)
        return f"{captures} placements, {len(person.missing_fingers)} finger(s) missing"

    def _without_a_pen(self, index: int, thumbs: list[str]) -> None:
        """The thumb in place of a signature; who has none that can be read is seen by a second officer."""
        crew = self.crew
        for thumb in thumbs:
            wanted = {"position": thumb, "reason": "TREMOR"}
            crew.act("perekam", "mark_with_thumb", wanted, resident=index)
            crew.wait("perekam", "thumb", lambda state: not _working(state, "capture-thumb"))
            if crew.resident("perekam", index)["signature"] == "thumb":
                return
        crew.act("perekam", "cannot_sign", {"reason": "TREMOR"}, resident=index)
        crew.act("petugas", "confirm_cannot_sign", {"result": "yes"}, resident=index)

    def _before_the_camera(self) -> None:
        """He sits still before he is asked to look: the first picture of a face takes long to draw."""
        with self.timeline.person_busy():
            self.station.camera.picture()

    def _look_again(self, index: int) -> None:
        """Both index fingers once more; what stays hard to read is kept with a reason, as a person would."""
        crew = self.crew
        for attempt in range(4):
            if "recapture_index" not in crew.resident("perekam", index)["acts"]:
                return
            if attempt == 3:
                kept = {"result": "keep", "reason": "Kulit jari aus."}
                crew.act("perekam", "answer_recheck", kept, resident=index)
                return
            crew.act("perekam", "recapture_index", resident=index)
            crew.wait("perekam", "second look", lambda state: not _working(state, "recapture"))

    def wait_prr(self, index: int) -> str:
        crew, again = self.crew, 0

        def moved(state: Mapping[str, Any]) -> bool:
            return state["residents"][index]["ktp_state"] not in {"DIREKAM", "DIKIRIM"}

        while True:
            waited = crew.wait("perekam", "the centre", moved, LONG)
            self.timeline.waits_outside(
                min(waited, self.station.offices.centre.centre_seconds * self.station.world.speed)
            )
            if crew.resident("perekam", index)["ktp_state"] != "GAGAL_PUSAT" or again >= 2:
                break
            again += 1
            self.record(index)
        return str(crew.resident("perekam", index)["ktp_state"]) + (f", recorded {again + 1} times" if again else "")

    # -- issuing ---------------------------------------------------------------------------------------

    def print_kk(self) -> str:
        self.crew.act("operator", "print_kk")

        def printed(state: Mapping[str, Any]) -> bool:
            if state["questions"] and at_rest(self.station.document_printer):
                answer = "printed" if self.station.document_printer.outputs else "nothing"
                self.crew.act(
                    "operator", "answer_question", {"question": state["questions"][0]["id"], "answer": answer}
                )
            return bool(state["kk_state"] == "KK_DICETAK")

        self.crew.wait("operator", "the sheet", printed, LONG)
        return f"{len(self.station.document_printer.outputs)} job(s) in the tray"

    def issue(self, index: int) -> str:
        serial = self.write_chip(index)
        self.print_face(index)
        return serial

    def turn(self, part: str) -> None:
        """Part of a step begins, perhaps not for the first time."""
        self.station.world.happened("step", title=part)

    def write_chip(self, index: int) -> str:
        crew, station = self.crew, self.station
        self.turn("chip")
        self.blank_number += 1
        serial = f"S{self.blank_number:07d}"
        card = station.cards.blank()
        self.cards[index] = card
        station.cards.encoder.insert(card)
        crew.act("operator", "issue_card", {"blank_serial": serial}, resident=index)
        crew.wait("operator", "the chip", lambda state: "print_card" in state["residents"][index]["acts"], LONG)
        self._lift_card()
        return serial

    def _lift_card(self) -> None:
        """Take the card out of the encoder, slowly enough for the reader's next look at its slot."""
        with self.timeline.person_busy():
            self.station.cards.encoder.remove()
            self.station.cards.encoder.wait_until_noticed()

    def print_face(self, index: int) -> None:
        crew, station, card = self.crew, self.station, self.cards[index]
        self.turn("face")
        station.card_printer.load(card)
        crew.act("operator", "print_card", resident=index)

        def printed(state: Mapping[str, Any]) -> bool:
            if station.card_printer.give_back(card):
                station.card_printer.load(card)
            if state["questions"]:
                if not at_rest(station.card_printer):
                    return False
                out = any(one.card is card for one in station.card_printer.outputs)
                answer = {"question": state["questions"][0]["id"], "answer": "printed" if out else "blank"}
                crew.act("operator", "answer_question", answer)
                return False
            return not _working(state, "print-card") and "print_card" not in state["residents"][index]["acts"]

        crew.wait("operator", "the card", printed, LONG)
        crew.act("operator", "look_card", {"result": "ok"}, resident=index)

    def issue_batch(self, indexes: list[int]) -> str:
        crew, timeline = self.crew, self.timeline

        def before(act: str) -> None:
            timeline.look(f"operator {act}", crew.browsers["operator"])
            timeline.person_acts()

        operator = BatchOperator(crew.browsers["operator"], self.station, self.station.cards.blank, before_act=before)
        operator.begin(tuple(f"{crew.case_id}:{index}" for index in indexes))
        told = operator.run(LONG * len(indexes), crew.settle)
        self.cards.update({index: operator.cards[number] for number, index in enumerate(sorted(indexes), 1)})
        self.blank_number += len(indexes) + int(told["spoiled"])
        return f"{told['good']} cards, {told['spoiled']} blanks spoiled"

    def hand_over(self, index: int) -> str:
        person = self.script.cast[index]
        self.station.cards.encoder.insert(self.cards[index])
        self.hands.stand(person)
        fingers, tries = _best_fingers(person), 0
        if not fingers:
            return self._hand_over_by_face(index)
        for finger in (*fingers, *fingers):
            tries += 1
            if self.match(index, finger):
                break
        else:
            raise Stuck(f"resident {index + 1}: the finger does not match the card")
        self._card_is_gone()
        return f"finger matched the chip, try {tries}"

    def _hand_over_by_face(self, index: int) -> str:
        """No finger to match: the officer has the chip's portrait and today's picture laid side by side."""
        crew = self.crew
        crew.act("petugas", "compare_face", {"cause": "AMPUTASI"}, resident=index)
        crew.wait("kasi", "the picture", lambda state: "confirm_face" in state["residents"][index]["acts"])
        crew.act("kasi", "confirm_face", {"result": "same"}, resident=index)
        self._card_is_gone()
        return "two officers compared the face with the chip"

    def _card_is_gone(self) -> None:
        self.hands.stand(None)
        self._lift_card()
        self.handed.add("KTP")

    def match(self, index: int, finger: str) -> bool:
        """One try to hand the card over."""
        self.turn("match")
        before = self.crew.resident("petugas", index)["match_attempts"]

        def made(state: Mapping[str, Any]) -> bool:
            return _working(state, "read-fingers") or state["residents"][index]["match_attempts"] > before

        self.crew.act("petugas", "hand_over_card", {"position": finger}, resident=index, done=made)
        self.crew.wait("petugas", "the match", lambda state: not _working(state, "read-fingers"))
        return bool(self.crew.resident("petugas", index)["ktp_state"] == "KARTU_DISERAHKAN")

    def hand_over_kk(self) -> str:
        fields = {"receiver": self.script.case["residents"][0]["full_name"], "relation": "holder"}
        self.crew.act("petugas", "hand_over_kk", fields)
        self.handed.add("KK")
        return ""

    def archive(self) -> str:
        self.crew.wait("petugas", "receipts", lambda state: not state["jobs"] and "archive" in state["acts"])
        self.crew.act("petugas", "archive", {"box": "2026-11/04", "shelf": "R2"})
        look_round(self.crew.browsers["teknisi"], self.timeline)
        return str(self.state()["state"])


def at_rest(printer: Printer) -> bool:
    """Whether nothing moves in the printer any more, so that one look into its tray tells what came out."""
    return printer.state is not State.PROCESSING


def _working(state: Mapping[str, Any], kind: str) -> bool:
    return any(job["kind"] == kind for job in state["jobs"])


def _lines(letter: Mapping[str, Any]) -> tuple[str, ...]:
    """What stands on a letter."""
    head = (letter["kind"], letter["number"], letter["date"], letter["issuer"])
    return (*head, *(letter.get("details") or {}).values(), letter["signer"], "SPECIMEN")


def _best_fingers(person: Person) -> tuple[str, ...]:
    """One finger of each hand: index, else thumb, else middle."""
    chosen = []
    for hand in ("right", "left"):
        for finger in ("index", "thumb", "middle", "ring", "little"):
            if f"{hand}_{finger}" not in person.missing_fingers:
                chosen.append(f"{hand}_{finger}")
                break
    return tuple(chosen)
