"""The values that pages are made of: fit to be shown to the person who asked, and nothing that he may not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from appliance.casework.clocks import Reading
from appliance.kiosk_ui.trouble_shown import TroubleLine
from appliance.office.one_at_a_time import InHand

TaskState = Literal["done", "now", "waiting", "later", "not_needed"]
FingerMark = Literal["open", "taken", "excepted"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in what was sent: the form's field ("" for the whole) and a sentence how to fix it."""

    field: str
    sentence: str


class ActRefused(Exception):
    """The act was not done and nothing was stored; every mistake is named."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__("; ".join(mistake.sentence for mistake in mistakes))
        self.mistakes = mistakes


class ActForbidden(Exception):
    """This role may never do this."""


class NoSuchCase(LookupError):
    """There is no case, document or question of that name for this person."""


class Wiped(NoSuchCase):
    """The document was there and was wiped by the retention rules, at this time (UTC milliseconds)."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True, slots=True)
class WipedLine:
    """What of a case was wiped: class, its label, how many items, when last (UTC milliseconds)."""

    keep: str
    label: str
    items: int
    at: int


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One line of the work list; `mine` says that this person can do something now, `trouble` what stands still."""

    case_id: str
    code: str
    title: str
    place: str
    state: str
    step: int
    reading: Reading | None
    mine: bool
    waiting: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class WorkView:
    """One page of the work list; `mine` and `open_cases` count all pages, `step` is the one that is shown alone.

    `following` is the case to go on with, empty where none waits for this person.
    """

    rows: tuple[WorkRow, ...]
    page: int
    pages: int
    mine: int
    open_cases: int
    step: int | None
    following: str


@dataclass(frozen=True, slots=True)
class Finger:
    """One finger of the recording: its ISO position name, and how it stands; quality 0-100 as measured here."""

    position: str
    mark: FingerMark
    quality: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResidentView:
    """One person of the case as the officer sees him; `facts` are pairs of label and value.

    `signature` is empty, taken, thumb (his mark in its place), asked (a second officer has to answer) or excepted.
    `first` are the acts to offer before the others: what is still to be taken before the fingers. `match_attempts` is
    how often a finger was held against the card in hand.
    """

    index: int
    name: str
    facts: tuple[tuple[str, str], ...]
    ktp_state: str
    acts: tuple[str, ...] = ()
    fingers: tuple[Finger, ...] = ()
    photo: bool = False
    signature: str = ""
    blank_serial: str = ""
    note: str = ""
    hints: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    match_attempts: int = 0


@dataclass(frozen=True, slots=True)
class JobLine:
    """Machine work of the case: its kind, state, progress 0-100 and the fault that holds it, if any.

    `trouble` is there if it does not go on.
    """

    kind: str
    state: str
    resident: int | None = None
    progress: int | None = None
    fault: str | None = None
    job_id: str = ""
    trouble: TroubleLine | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can see, asked after trouble: `answers` are value, sentence and picture name."""

    id: str
    sentence: str
    answers: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class SignLine:
    """A family card that waits for the Kadis: its draft, whether it can be chosen or is in work, what was said.

    `read` is whether the draft was shown to him.
    """

    case_id: str
    code: str
    name: str
    draft: str
    working: bool
    said: str
    ready: bool
    read: bool


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A paper as a picture or PDF: its document's id, what is doubtful about it, whether it is kept all the same."""

    id: str
    picture: bool
    hint: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member of the family against what was known of him: `changed` are label, before, now; `marks` sentences."""

    name: str = field(repr=False)
    fate: str
    words: str
    changed: tuple[tuple[str, str, str], ...] = field(repr=False)
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """Member by member, and what they are compared with."""

    source: str
    members: tuple[MemberLine, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A line of the checklist: a required or received paper, whether it is in hand, and where it is to be had.

    `kind` is the code under which a picture of it is taken, empty where none can be; `scan` what was taken. `letter`
    is the id of the paper in hand, empty for none; `mark` tells several of a kind apart on the page (the kind, and a
    number from the second on). `lack` says in words why it does not count yet. `fields` are the keys of what a letter
    of its kind says, `said` what was recorded of it in words and `typed` by key; they are empty for who does not
    check letters.
    """

    label: str
    in_hand: bool
    required: bool
    detail: str = ""
    kind: str = ""
    scan: ScanLine | None = None
    lack: str = ""
    fields: tuple[str, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    letter: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document that can be opened on the page."""

    id: str
    kind: str
    title: str
    detail: str = ""
    resident: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One step of the SOP in the task list of a case."""

    reading: Reading
    state: TaskState
    note: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlikeView:
    """Two records that may be one person: what is known of each, line by line, and where their pictures are."""

    why: str
    lines: tuple[tuple[str, str, str], ...]
    pictures: tuple[str, str]
    """Address of each portrait, empty where there is none."""
    other_case: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything the case page shows; `version` changes whenever anything of it does."""

    case_id: str
    code: str
    title: str
    state: str
    kk_state: str
    version: str
    acts: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    tasks: tuple[Task, ...]
    papers: tuple[Paper, ...]
    residents: tuple[ResidentView, ...]
    jobs: tuple[JobLine, ...] = ()
    questions: tuple[Question, ...] = ()
    documents: tuple[DocumentLine, ...] = ()
    notes: tuple[str, ...] = ()
    next_blank: str = ""
    alike: tuple[AlikeView, ...] = ()
    wiped: tuple[WipedLine, ...] = ()
    differences: DifferenceView | None = None
    in_hand: InHand | None = None


@dataclass(frozen=True, slots=True)
class StatusView:
    """What anyone with the case code may know: no name, no address. `returned` says why the file went back."""

    code: str
    step: int
    since: int
    state: str
    missing: tuple[Paper, ...] = ()
    returned: str = ""
    ended: bool = False
    open_for_letters: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A document's bytes for the browser."""

    data: bytes
    media_type: str
    name: str


Values = Mapping[str, object]
"""What a form carried, checked and typed: text, int, bool, date, bytes, or a tuple of texts."""
