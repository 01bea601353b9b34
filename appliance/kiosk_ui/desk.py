"""The desk: what the pages ask of the office, with refusals turned into sentences for a form."""

from __future__ import annotations

from datetime import date

from appliance.casework.codes import RETURN_REASONS
from appliance.casework.intake import Category, FileRefused, Letter, Reporter
from appliance.casework.requirements import missing, required
from appliance.casework.roles import KIOSK, Actor, Role
from appliance.casework.sop import CASE_ENDS, NotAllowed
from appliance.casework.sop_month import SopMonth
from appliance.casework.stock import shelf_name
from appliance.documents.render import Renderer
from appliance.kiosk_ui import batch_page, blank_page, case_page, month_page, siak_page, trouble_page, work_page
from appliance.kiosk_ui.batch_page import BatchView, ChoiceRow
from appliance.kiosk_ui.blank_shown import BlankView, LedgerView
from appliance.kiosk_ui.shown import (
    ActForbidden,
    ActRefused,
    CaseView,
    Content,
    Mistake,
    NoSuchCase,
    Restored,
    StatusView,
    Values,
    WorkRow,
    WorkView,
)
from appliance.kiosk_ui.trouble_shown import TroubleLine
from appliance.office import (
    batch,
    blank_store,
    blank_views,
    document_check,
    officials,
    packet_by_hand,
    reports,
    restoring,
    sop_month,
    troubles,
    views,
    work_list,
)
from appliance.office.acts import ACTS, BATCH_ACTS, LEDGER_ACTS
from appliance.office.blank_views import MonthReport
from appliance.office.context import FormRefused, Office
from appliance.office.document_check import DocumentFacts
from appliance.queue.trouble import all_troubles
from appliance.records import accounts, cases, worklist
from appliance.records.blanks import LedgerError
from appliance.records.cases import ChangedMeanwhile, Missing
from appliance.records.officials import Appointment
from appliance.records.vault import BlobLost

REFUSALS = (NotAllowed, LedgerError, ChangedMeanwhile)
OPEN_FOR_LETTERS = frozenset({"CEK_KELENGKAPAN", "DIKEMBALIKAN", "VERIFIKASI_KASI"})


class Desk:
    """The counter of one office; acts raise `ActRefused`, `ActForbidden` or `NoSuchCase` and then stored nothing."""

    def __init__(self, office: Office, esign_roots: bytes = b"") -> None:
        self._office = office
        self._roots = esign_roots

    def sign_in(self, user: str, pin: str, terminal: str) -> tuple[Actor, str]:
        """Who this is and the token of his session; raises `accounts.SignInFailed`."""
        return accounts.sign_in(self._office.store, user, pin, terminal)

    def who(self, token: str) -> Actor | None:
        """The person of this session, or None if it has ended."""
        return accounts.who(self._office.store, token)

    def offices_of(self, actor: Actor) -> tuple[Appointment, ...]:
        """The offices that this person may take up today for somebody else."""
        return officials.offices_of(self._office, actor)

    def act_as(self, token: str, appointment_id: str | None) -> None:
        """Take one of them up in this session, or with None one's own again; raises `ActRefused`."""
        try:
            officials.act_as(self._office, token, appointment_id)
        except NotAllowed as refused:
            raise ActRefused(Mistake("", str(refused))) from refused

    def sign_out(self, token: str) -> None:
        """End the session."""
        accounts.sign_out(self._office.store, token)

    def work_list(self, actor: Actor, page: int = 1, step: int | None = None) -> WorkView:
        """One page of the open cases, those with something to do for this person first."""
        return work_page.work_view(work_list.work_page(self._office, actor, page, step), step)

    def find(self, words: str) -> tuple[WorkRow, ...]:
        """Cases by code, NIK, KK number or name."""
        return tuple(work_page.work_row(item) for item in work_list.find(self._office, words))

    def pulse(self) -> str:
        """Changes whenever a case comes in, moves or ends, or work stops or goes on; for the open work list."""
        with self._office.store.read() as tx:
            known = worklist.pulse(tx)
        return f"{known} {trouble_page.mark(self.troubles())}"

    def troubles(self, *, technician: bool = False, ready: frozenset[str] = frozenset()) -> tuple[TroubleLine, ...]:
        """All work that does not go on; the technician is told of no case. `ready`: lanes whose device is well."""
        with self._office.store.read() as tx:
            found = all_troubles(tx)
            ids = () if technician else {one.job.case_id for one in found if one.job.case_id is not None}
            codes = {case_id: cases.get(tx, case_id).code for case_id in ids}
        return trouble_page.trouble_lines(found, codes, technician=technician, ready=ready)

    def repair(self, actor: Actor, job_id: str) -> None:
        """The technician sets work going again; raises `ActRefused`."""
        try:
            troubles.repair(self._office, actor, job_id)
        except REFUSALS as refused:
            raise ActRefused(Mistake("", str(refused))) from refused

    def ended(self) -> tuple[tuple[str, str, str], ...]:
        """The cases that ended last: id, code, state."""
        with self._office.store.read() as tx:
            return tuple((record.id, record.code, record.state) for record in cases.ended_cases(tx, 20))

    def case(self, actor: Actor, case_id: str, ready: frozenset[str] = frozenset()) -> CaseView:
        """One case as this person sees it; `ready` are the lanes whose device says that it is well."""
        try:
            state = views.case_state(self._office, actor, case_id)
        except Missing as error:
            raise NoSuchCase(case_id) from error
        if actor.role is Role.PETUGAS and state.record.state in OPEN_FOR_LETTERS:
            extra: tuple[str, ...] = ("add_letter",)
        else:
            extra = ()
        blank = blank_store.next_blank(self._office) if any("issue_card" in p.acts for p in state.residents) else None
        return case_page.case_view(state, extra, blank or "", ready)

    def siak(self, actor: Actor, case_id: str) -> siak_page.SiakView:
        """What to type into SIAK by hand; only while this person may bring its numbers."""
        try:
            return siak_page.siak_view(self._office, actor, case_id)
        except Missing as error:
            raise NoSuchCase(case_id) from error

    def card_order(self, actor: Actor, case_id: str, position: int) -> packet_by_hand.CardOrder:
        """What is carried to a centre without a line to have this resident's card made out."""
        try:
            return packet_by_hand.card_order(self._office, actor, case_id, position)
        except Missing as error:
            raise NoSuchCase(case_id) from error

    def document(self, case_id: str, document_id: str) -> Content:
        """One document of the case; finger images and templates are never shown."""
        try:
            item, data = views.document(self._office, case_id, document_id)
        except (Missing, BlobLost) as error:
            raise NoSuchCase(document_id) from error
        if item.kind not in case_page.DOCUMENTS:
            raise NoSuchCase(document_id)
        media_type, ending = case_page.media_type(data)
        return Content(data, media_type, f"{item.kind}-{item.id[-6:]}.{ending}")

    def act(self, actor: Actor, case_id: str, name: str, values: Values) -> None:
        """Do the act of this name."""
        if name == "add_letter":
            self._add_letter_as(actor, case_id, values)
            return
        try:
            ACTS[name](self._office, actor, case_id, values)
        except FileRefused as refused:
            raise ActRefused(*(Mistake("berkas", sentence) for sentence in refused.mistakes)) from refused
        except FormRefused as refused:
            raise ActRefused(*(Mistake(field, sentence) for field, sentence in refused.mistakes)) from refused
        except REFUSALS as refused:
            raise ActRefused(Mistake("", str(refused))) from refused
        except Missing as error:
            raise NoSuchCase(case_id) from error

    def _add_letter_as(self, actor: Actor, case_id: str, values: Values) -> None:
        if actor.role is not Role.PETUGAS:
            raise ActForbidden
        try:
            with self._office.store.read() as tx:
                code = cases.get(tx, case_id).code
        except Missing as error:
            raise NoSuchCase(case_id) from error
        day = values["date"]
        assert isinstance(day, date)
        words = {key: str(values[key]) for key in ("kind", "number", "issuer", "signer")}
        self.add_letter(code, Letter(date=day, **words), actor)

    def batch(self) -> BatchView | None:
        """The newest batch of cards, open or ended; None before the first."""
        state = batch.batch_state(self._office)
        if state is None:
            return None
        return batch_page.batch_view(state, (blank_store.next_blank(self._office) or "") if state.hands else "")

    def batch_choice(self) -> tuple[ChoiceRow, ...]:
        """Everybody whose first card can be made now."""
        return tuple(batch_page.choice_row(one) for one in batch.candidates(self._office))

    def batch_act(self, actor: Actor, name: str, values: Values) -> None:
        """Do the act of this name on the open batch; `answer_question` and `retry_job` on the case of its card."""
        if name not in BATCH_ACTS:
            try:
                case_id = batch.case_of_card(self._office, int(str(values["number"])))
            except NotAllowed as refused:
                raise ActRefused(Mistake("", str(refused))) from refused
            self.act(actor, case_id, name, values)
            return
        try:
            BATCH_ACTS[name](self._office, actor, values)
        except FormRefused as refused:
            raise ActRefused(*(Mistake(field, sentence) for field, sentence in refused.mistakes)) from refused
        except REFUSALS as refused:
            raise ActRefused(Mistake("", str(refused))) from refused
        except Missing as error:
            raise NoSuchCase(name) from error

    def ledger(self) -> LedgerView:
        """The ledger of blanks as its page shows it."""
        return blank_page.ledger_view(blank_views.ledger_state(self._office))

    def ledger_act(self, actor: Actor, name: str, values: Values) -> None:
        """Do the act of this name on the ledger of blanks."""
        try:
            LEDGER_ACTS[name](self._office, actor, values)
        except FormRefused as refused:
            raise ActRefused(*(Mistake(field, sentence) for field, sentence in refused.mistakes)) from refused
        except REFUSALS as refused:
            raise ActRefused(Mistake("", str(refused))) from refused

    def blank(self, actor: Actor, key: str) -> BlankView | None:
        """What became of the blank of this serial or chip UID, or None; the store keeper is not told whose it is."""
        with self._office.store.read() as tx:
            told = blank_views.story(tx, key)
        return None if told is None else blank_page.blank_view(told, with_case=actor.role is not Role.GUDANG)

    def blank_month(self, text: str) -> MonthReport:
        """The month's report (`2026-11`, or this month)."""
        year, month = blank_page.month_of(text, self._office.today())
        with self._office.store.read() as tx:
            return blank_views.month_report(tx, year, month)

    def sop_month(self, text: str) -> SopMonth:
        """The month's report of the SOP (`2026-11`, or this month)."""
        year, month = blank_page.month_of(text, self._office.today())
        with self._office.store.read() as tx:
            return sop_month.month_report(tx, year, month)

    def sop_month_table(self, text: str) -> Content:
        """The same as CSV."""
        report = self.sop_month(text)
        data = sop_month.table_of(report).encode()
        return Content(data, "text/csv", f"laporan-sop-{report.year}-{report.month:02}.csv")

    def sop_month_paper(self, text: str) -> Content:
        """The same as a paper."""
        report = self.sop_month(text)
        paper = month_page.paper(report, self._office.settings, self._office.clock())
        data = Renderer().render_sop_month(paper)
        return Content(data, "application/pdf", f"laporan-sop-{report.year}-{report.month:02}.pdf")

    def check_document(self, document: bytes) -> DocumentFacts:
        """Whether a PDF that somebody brings is genuine and the newest; nothing is kept of it."""
        with self._office.store.read() as tx:
            return document_check.check_document(tx, document, self._roots)

    def restored(self) -> Restored | None:
        """What is to be compared because the books were restored, or None."""
        with self._office.store.read() as tx:
            found = restoring.to_compare(tx)
        if found is None:
            return None
        told = found.restoration
        return Restored(
            at=told.at,
            copy_at=told.copy_at,
            why=told.why,
            torn=told.torn,
            uncounted=tuple(shelf_name(shelf) for shelf in found.uncounted),
            cases=tuple(told.readable.get("cases", ())),
            blanks=tuple(told.readable.get("blanks", ())),
        )

    def machine_act(self, actor: Actor, name: str) -> None:
        """Do an act on the machine's own books."""
        acts = {"confirm_restoration": restoring.confirm_restoration, "confirm_clock": restoring.confirm_clock}
        try:
            acts[name](self._office, actor, {})
        except FormRefused as refused:
            raise ActRefused(*(Mistake(field, sentence) for field, sentence in refused.mistakes)) from refused
        except NotAllowed as refused:
            raise ActRefused(Mistake("", str(refused))) from refused

    def minutes(self, number: str) -> Content:
        """The paper of a destruction."""
        try:
            data = blank_views.minutes_paper(self._office, number)
        except Missing as error:
            raise NoSuchCase(number) from error
        return Content(data, "application/pdf", "berita-acara-pemusnahan.pdf")

    def report(
        self, reporter: Reporter, category: Category, person: str, kelurahan: str, papers: tuple[str, ...]
    ) -> str:
        """Store a report; returns the case code."""
        try:
            return reports.report(self._office, reporter, category, person, kelurahan, papers)
        except REFUSALS as refused:
            raise ActRefused(Mistake("", str(refused))) from refused

    def status(self, code: str) -> StatusView | None:
        """How the case with this code stands, or None."""
        try:
            with self._office.store.read() as tx:
                record = cases.by_code(tx, code)
                people = cases.residents(tx, record.id)
                returns = cases.evidence_of(tx, record.id, "return")
                kinds = [paper["kind"] for paper in cases.letters(tx, record.id)]
                asked = reports.missing_kinds(tx, record.id)
        except Missing:
            return None
        papers = required(record.category, tuple(p.biodata for p in people), self._office.settings.sop_profile)
        lacking = missing(papers, kinds) if people else ()
        back = record.state == "DIKEMBALIKAN"
        return StatusView(
            code=record.code,
            step=views.current_step(record, people),
            since=record.changed_at,
            state=record.state,
            missing=case_page.asked_for(asked, lacking) if back else (),
            returned=RETURN_REASONS.get(str(returns[-1].facts["reason"]), "") if back and returns else "",
            ended=record.state in CASE_ENDS,
            open_for_letters=record.state in OPEN_FOR_LETTERS,
        )

    def add_letter(self, code: str, letter: Letter, actor: Actor = KIOSK) -> None:
        """Complete the file of this code by one letter."""
        try:
            reports.add_letter(self._office, code, letter, actor)
        except REFUSALS as refused:
            raise ActRefused(Mistake("", str(refused))) from refused
        except Missing as error:
            raise NoSuchCase(code) from error
