"""The desk: what the pages ask of the office, with refusals turned into sentences for a form."""

from __future__ import annotations

from appliance.biometrics.portrait_rules import Cloth, cloth_for
from appliance.casework.codes import CITIZEN, RETURN_REASONS
from appliance.casework.intake import Category, Letter, Reporter
from appliance.casework.roles import KIOSK, Actor, Role
from appliance.casework.sop import CASE_ENDS, NotAllowed
from appliance.casework.uncollected import Uncollected
from appliance.kiosk_ui import case_page, case_papers, siak_page, trouble_page, work_page
from appliance.kiosk_ui.audit_desk import AuditDesk
from appliance.kiosk_ui.batch_desk import BatchDesk
from appliance.kiosk_ui.books_desk import BooksDesk
from appliance.kiosk_ui.officer_fingers_desk import OfficerFingersDesk
from appliance.kiosk_ui.officials_desk import OfficialsDesk
from appliance.kiosk_ui.outbox_desk import OutboxDesk
from appliance.kiosk_ui.paper_desk import PaperDesk
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.retention_desk import RetentionDesk
from appliance.kiosk_ui.shown import (
    ActForbidden,
    CaseView,
    Content,
    NoSuchCase,
    StatusView,
    Values,
    Wiped,
    WorkRow,
    WorkView,
)
from appliance.kiosk_ui.sign_desk import SignDesk
from appliance.kiosk_ui.stock_desk import StockDesk
from appliance.kiosk_ui.technician.bench import Bench
from appliance.kiosk_ui.ticket_desk import TicketDesk
from appliance.kiosk_ui.trouble_shown import TroubleLine
from appliance.office import (
    blank_store,
    bringing,
    drafts_shown,
    officials,
    one_at_a_time,
    packet_by_hand,
    reading,
    reports,
    slips,
    troubles,
    uncollected,
    views,
    work_list,
)
from appliance.office.acts import ACTS
from appliance.office.context import Office
from appliance.office.one_at_a_time import Meanwhile
from appliance.office.papers import required_of
from appliance.office.slips import SlipRead
from appliance.queue.trouble import all_troubles
from appliance.records import accounts, cases, tombstones, worklist
from appliance.records.api_answers import Once
from appliance.records.cases import Missing
from appliance.records.officials import Appointment
from appliance.records.vault import BlobLost


class Desk:
    """The counter of one office; acts raise `ActRefused`, `ActForbidden` or `NoSuchCase` and then stored nothing."""

    def __init__(self, office: Office, esign_roots: bytes = b"") -> None:
        self._office = office
        self.bench = Bench(office)
        self.batches = BatchDesk(office, self.act)
        self.stock = StockDesk(office)
        self.books = BooksDesk(office, esign_roots)
        self.officials = OfficialsDesk(office)
        self.officer_fingers = OfficerFingersDesk(office)
        self.signing = SignDesk(office)
        self.retention = RetentionDesk(office)
        self.audit = AuditDesk(office)
        self.tickets = TicketDesk(office)
        self.papers = PaperDesk(office)
        self.outbox = OutboxDesk(office)
        self.once = Once(office.store, office.vault)

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
        with in_words():
            officials.act_as(self._office, token, appointment_id)

    def sign_out(self, token: str) -> None:
        """End the session."""
        accounts.sign_out(self._office.store, token)

    def work_list(self, actor: Actor, page: int = 1, step: int | None = None) -> WorkView:
        """One page of the open cases, those with something to do for this person first."""
        return work_page.work_view(work_list.work_page(self._office, actor, page, step), step)

    def reader(self, actor: Actor, case_id: str = "") -> Actor:
        """This person, who must be one of those who work on cases, else `ActForbidden`; the audit log tells of it."""
        try:
            reading.must_read(self._office, actor, case_id)
        except NotAllowed as refused:
            raise ActForbidden from refused
        return actor

    def doer(self, actor: Actor, case_id: str, act: str, may_ever: bool) -> None:
        """A role that may never do this act is told so, `ActForbidden`, and the audit log too."""
        if not may_ever:
            reading.refused_act(self._office, actor, case_id, act)
            raise ActForbidden

    def find(self, words: str) -> tuple[WorkRow, ...]:
        """Cases by code, NIK, KK number or name."""
        return tuple(work_page.work_row(item) for item in work_list.find(self._office, words))

    def case_id(self, code: str) -> str:
        """The id of the case with this code; raises `NoSuchCase`."""
        with in_words(code), self._office.store.read() as tx:
            return cases.by_code(tx, code).id

    def pulse(self) -> str:
        """Changes whenever a case comes in, moves or ends, work stops or goes on, something more or less is to be
        sent, or an office is said to be away; for the open work list."""
        with self._office.store.read() as tx:
            known = worklist.pulse(tx)
        return f"{known} {self.outbox.to_send()} {self.outbox.said()} {trouble_page.mark(self.troubles())}"

    def troubles(
        self, *, technician: bool = False, ready: frozenset[str] = frozenset(), signs: bool = False
    ) -> tuple[TroubleLine, ...]:
        """All work that does not go on; the technician is told of no case. `ready`, `signs`: see `trouble_line`."""
        with self._office.store.read() as tx:
            found = all_troubles(tx)
            ids = () if technician else {one.job.case_id for one in found if one.job.case_id is not None}
            codes = {case_id: cases.get(tx, case_id).code for case_id in ids}
        return trouble_page.trouble_lines(found, codes, technician=technician, ready=ready, signs=signs)

    def repair(self, actor: Actor, job_id: str) -> None:
        """The technician sets work going again; raises `ActRefused`."""
        with in_words():
            troubles.repair(self._office, actor, job_id)

    def resume_queue(self, actor: Actor, device: str) -> None:
        """The technician has a printer's stopped queue opened again; raises `ActRefused`."""
        with in_words():
            troubles.resume_queue(self._office, actor, device)

    def ended(self) -> tuple[tuple[str, str, str], ...]:
        """The cases that ended last: id, code, state."""
        with self._office.store.read() as tx:
            return tuple((record.id, record.code, record.state) for record in cases.ended_cases(tx, 20))

    def case(self, actor: Actor, case_id: str, ready: frozenset[str] = frozenset()) -> CaseView:
        """One case as this person sees it; `ready` are the lanes whose device says that it is well."""
        state = self._state(actor, case_id)
        if actor.role is Role.PETUGAS and state.record.state in reports.OPEN_FOR_LETTERS:
            extra: tuple[str, ...] = ("add_letter",)
        else:
            extra = ()
        blank = blank_store.next_blank(self._office) if any("issue_card" in p.acts for p in state.residents) else None
        return case_page.case_view(state, extra, blank or "", ready)

    def cloth(self, actor: Actor, case_id: str, position: int) -> Cloth:
        """The background for this resident's portrait; only for who may take it now, else `NoSuchCase`."""
        for one in self._state(actor, case_id).residents:
            if one.person.position == position and "capture_photo" in one.acts:
                born = one.person.biodata
                return cloth_for(born.birth_date.year, foreigner=born.citizenship != CITIZEN)
        raise NoSuchCase(case_id)

    def _state(self, actor: Actor, case_id: str) -> views.CaseState:
        with in_words(case_id):
            return views.case_state(self._office, actor, case_id)

    def waiting(self) -> tuple[tuple[Uncollected, ...], int]:
        """Documents that nobody has come for, and the moment of the answer."""
        return uncollected.waiting(self._office)

    def to_remind(self) -> int:
        """For how many cases a reminder is due."""
        return uncollected.to_remind(self._office)

    def siak(self, actor: Actor, case_id: str) -> siak_page.SiakView:
        """What to type into SIAK by hand; only while this person may bring its numbers."""
        with in_words(case_id):
            return siak_page.siak_view(self._office, actor, case_id)

    def card_order(self, actor: Actor, case_id: str, position: int) -> packet_by_hand.CardOrder:
        """What is carried to a centre without a line to have this resident's card made out."""
        try:
            return packet_by_hand.card_order(self._office, actor, case_id, position)
        except Missing as error:
            raise NoSuchCase(case_id) from error

    def document(self, actor: Actor, case_id: str, document_id: str) -> Content:
        """One document of the case for this person; finger images and templates are never shown."""
        try:
            item, data = views.document(self._office, actor, case_id, document_id)
        except (Missing, BlobLost) as error:
            with self._office.store.read() as tx:
                stone = tombstones.find(tx, document_id)
            if stone is not None and stone.case_id == case_id and stone.kind in case_page.DOCUMENTS:
                raise Wiped(stone.struck_at) from error
            raise NoSuchCase(document_id) from error
        if item.kind not in case_page.DOCUMENTS:
            raise NoSuchCase(document_id)
        drafts_shown.note(self._office, actor, item)
        media_type, ending = case_page.media_type(data)
        return Content(data, media_type, f"{item.kind}-{item.id[-6:]}.{ending}")

    def act(self, actor: Actor, case_id: str, name: str, values: Values) -> None:
        """Do the act of this name."""
        with in_words(case_id):
            ACTS[name](self._office, actor, case_id, values)

    def meanwhile(self, actor: Actor, case_id: str, since: int | None) -> tuple[Meanwhile, ...]:
        """What others did on the case since this person's form was shown; nothing if it does not say when."""
        return () if since is None else one_at_a_time.meanwhile(self._office, actor, case_id, since)

    def report(
        self,
        reporter: Reporter,
        category: Category,
        person: str,
        kelurahan: str,
        papers: tuple[str, ...],
        actor: Actor = KIOSK,
        printed: bool = False,
    ) -> str:
        """Store a report; returns the case code."""
        with in_words():
            return reports.report(self._office, reporter, category, person, kelurahan, papers, actor, printed)

    def paper_of(self, code: str) -> str:
        """What became of the paper with this code: `none`, `printing`, `printed` or `failed`."""
        return reports.paper_of(self._office, code)

    def bring_case(self, actor: Actor, data: bytes) -> str:
        """Report and attach a whole case file (JSON); returns the case code."""
        with in_words():
            return bringing.bring_case(self._office, actor, data)

    def status(self, code: str) -> StatusView | None:
        """How the case with this code stands, or None."""
        try:
            with self._office.store.read() as tx:
                record = cases.by_code(tx, code)
                people = cases.residents(tx, record.id)
                returns = cases.evidence_of(tx, record.id, "return")
                asked = reports.missing_kinds(tx, record.id)
        except Missing:
            return None
        papers = required_of(self._office, record, (person.biodata for person in people))
        back = record.state == "DIKEMBALIKAN"
        return StatusView(
            code=record.code,
            step=views.current_step(record, people),
            since=record.changed_at,
            state=record.state,
            missing=case_papers.asked_for(asked, papers) if back else (),
            returned=RETURN_REASONS.get(str(returns[-1].facts["reason"]), "") if back and returns else "",
            ended=record.state in CASE_ENDS,
            open_for_letters=record.state in reports.OPEN_FOR_LETTERS,
        )

    def read_slip(self) -> str:
        """Let the code reader look for a resident's slip; the key by which `slip` knows it."""
        return slips.read_slip(self._office)

    def slip(self, key: str) -> SlipRead:
        """How far that look is."""
        return slips.slip(self._office, key)

    def add_letter(self, code: str, letter: Letter) -> None:
        """Complete the file of this code by one letter."""
        with in_words(code):
            reports.add_letter(self._office, code, letter)
