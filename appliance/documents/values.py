"""What each paper says: plain values, labels already resolved to the text that is printed.

Nothing here knows codes, cases or devices. Dates are dates, everything else is text as it shall stand on the paper;
an empty text prints as "-".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from appliance.faults import DeviceFault, FaultCode

MEMBERS_PER_SHEET = 10
"""Rows of one family card sheet (form F-1.09, Permendagri 109/2019)."""


class DocumentRefused(DeviceFault):
    """A paper cannot be made from these values; `field` names the one that is wrong, never its content."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(FaultCode.PAPER_REFUSED, f"{field}: {why}")
        self.field = field
        self.why = why


class TextDoesNotFit(DocumentRefused):
    """A text is too long for its place even at the smallest size that can be read."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "the text does not fit its place")


class DocumentFailed(DeviceFault):
    """The typesetting process broke or did not answer in time; its message carries no document content."""

    def __init__(self, detail: str) -> None:
        super().__init__(FaultCode.PAPER_FAILED, detail)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who issues a paper: `city` as in "Kota Metro", `office` the full name of the dinas, `address` one line."""

    city: str
    office: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """One row of both tables of a family card, in the order of its 17 columns."""

    full_name: str
    nik: str
    sex: str
    birth_place: str
    birth_date: date
    religion: str
    education: str
    occupation: str
    blood_type: str
    marital_status: str
    marriage_date: date | None
    family_relation: str
    citizenship: str
    passport_number: str
    stay_permit_number: str
    father_name: str
    mother_name: str


@dataclass(frozen=True, slots=True)
class FamilyCard:
    """A Kartu Keluarga (domain: A4 landscape, Permendagri 109/2019).

    `members` holds the head of family first, one to ninety-nine persons. `verification_link` goes into the QR code.
    `signer_title` is printed over the signer's name, so that an acting official stands there as such (Plt/Plh).
    `issued_at` is UTC milliseconds: with it equal values give equal bytes.
    """

    kk_number: str
    head_name: str
    address: str
    rt: str
    rw: str
    postal_code: str
    village: str
    district: str
    city: str
    province: str
    members: tuple[FamilyMember, ...]
    issued_on: date
    signer_title: str
    signer_name: str
    signer_nip: str
    verification_link: str
    issued_at: int
    specimen: bool


@dataclass(frozen=True, slots=True)
class CardFace:
    """The front of a KTP-el, one side of a CR80 blank.

    `photo` is JPEG or PNG, 3:4 upright, on the background of the year of birth. `signature` is PNG or None;
    then `signature_note` is printed in its place. `labels` is false for blanks on which the
    words "Nama", "Alamat" … are already printed.
    """

    province: str
    city: str
    nik: str
    full_name: str
    birth_place: str
    birth_date: date
    sex: str
    blood_type: str
    address: str
    rt: str
    rw: str
    village: str
    district: str
    religion: str
    marital_status: str
    occupation: str
    citizenship: str
    valid_until: str
    photo: bytes
    signature: bytes | None
    signature_note: str
    issue_place: str
    issued_on: date
    specimen: bool
    labels: bool = True


@dataclass(frozen=True, slots=True)
class HandedDocument:
    """One line of a handover receipt: kind of document, its number, how many."""

    kind: str
    number: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """Tanda terima: who took which documents from whom, and how the holder was recognised.

    `relation` is "yang bersangkutan" or the relation to the resident; a KTP-el is given to its holder only
    (Permendagri 8/2016). Who takes them signs the printed sheet, or puts his thumb on it.
    """

    letterhead: Letterhead
    case_code: str
    documents: tuple[HandedDocument, ...]
    receiver_name: str
    relation: str
    verification: str
    officer_name: str
    place: str
    handed_over_at: str
    issued_at: int
    specimen: bool


@dataclass(frozen=True, slots=True)
class MissingPaper:
    """One line of a return slip: the paper, why it is asked for, where and how to get it."""

    paper: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ReturnSlip:
    """Tanda pengembalian berkas: what is missing. The case code is its only personal data."""

    letterhead: Letterhead
    case_code: str
    missing: tuple[MissingPaper, ...]
    note: str
    returned_at: str
    officer_role: str
    status_link: str
    issued_at: int
    specimen: bool


@dataclass(frozen=True, slots=True)
class ReportSlip:
    """The small paper a reporter takes home: the case code and its QR code, no other personal data."""

    letterhead: Letterhead
    case_code: str
    next_steps: tuple[str, ...]
    reported_at: str
    status_link: str
    issued_at: int
    specimen: bool


@dataclass(frozen=True, slots=True)
class SpoiledCard:
    """One card to be destroyed: what identifies the blank, the cause in words; never whose card it was.

    `cause` is the circular's, under which the cards are counted; `detail` the office's own nearer word.
    """

    blank: str
    cause: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """Who saw the destruction, and for which office (police, Satpol PP)."""

    name: str
    office: str


@dataclass(frozen=True, slots=True)
class FaceMinutes:
    """Berita acara: a KTP-el given to its holder on two officers' word, since no finger of his could be matched.

    `tries` are the refused fingers in words, `officer` who gave the card, `second` who compared the face as well.
    """

    letterhead: Letterhead
    case_code: str
    nik: str
    holder_name: str
    cause: str
    tries: tuple[str, ...]
    place: str
    handed_over_at: str
    officer: Witness
    second: Witness
    issued_at: int
    specimen: bool


@dataclass(frozen=True, slots=True)
class DestructionMinutes:
    """Berita acara pemusnahan: which blanks were destroyed, how, and who saw it.

    Spoiled and invalid cards are burnt in each service process (SE Mendagri 470.13/11176/SJ of 13 December 2018). At
    least two different people other than `officer` witness it.
    """

    letterhead: Letterhead
    number: str
    destroyed_on: date
    place: str
    method: str
    cards: tuple[SpoiledCard, ...]
    officer: Witness
    witnesses: tuple[Witness, ...]
    issued_at: int
    specimen: bool


@dataclass(frozen=True, slots=True)
class SopMonthPaper:
    """Laporan bulanan SOP.

    `counts` are label, number of the books, number of the audit log; `steps` are number, name, limit, passages, those
    over the limit, touch in all, touch and elapsed in the middle, longest elapsed; `waits` are class, number, time;
    `differing` are the sums of times of which books and audit log differ: what, elapsed and touch by each.
    """

    letterhead: Letterhead
    month: str
    counts: tuple[tuple[str, int, int], ...]
    open_at_end: int
    steps: tuple[tuple[str, ...], ...]
    waits: tuple[tuple[str, int, str], ...]
    differing: tuple[tuple[str, ...], ...]
    agrees: bool
    issued_at: int
    printed_on: str
    specimen: bool
