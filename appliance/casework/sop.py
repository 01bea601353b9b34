"""The procedure as data: three small machines (the case, its family card, each resident's identity card).

The SOP is ambiguous in places; how this table settles it stands in docs/guides/procedure.md. A case keeps the
version it began with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from appliance.casework.roles import Role

SOP_VERSION = "D-11/002-5"
"""5 tells the way to a resident whose fingers are taken for the search from the wait for the centre's answer, and
knows the family card that is made anew with the NIK that is kept of double data. 4 knows the decision that a person
who was searched for has a NIK already, the recording of somebody whose card is not due yet, and the family card that
was lost and keeps its number. 3 knows the card of somebody who was recorded before, without a new
recording. 2 lets clocks run where 1 had none (making a card; waiting for the visit, the Kasi, the sending, the
archive) and knows the visit of a team; states and roles are the same otherwise."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed move: in `machine`, from any of `sources` by `event` to `target`, by one of `roles`.

    `opens` is the SOP step whose clock starts, `closes` the one that ends; `pause` the class of waiting begun.
    """

    machine: str
    sources: tuple[str, ...]
    event: str
    target: str
    roles: frozenset[Role]
    closes: int | None = None
    opens: int | None = None
    pause: str | None = None


class NotAllowed(ValueError):
    """The act is not possible now, or not for this role; the message is a sentence for the officer."""


CASE_STATES = (
    "DILAPORKAN",
    "CEK_KELENGKAPAN",
    "DIKEMBALIKAN",
    "VERIFIKASI_KASI",
    "CEK_BIOMETRIK",
    "INPUT_SIAK",
    "VALIDASI_KABID",
    "TTE_KADIS",
    "PENERBITAN",
    "DIARSIPKAN",
    "DITOLAK",
    "DIBATALKAN",
)
CASE_ENDS = frozenset({"DIARSIPKAN", "DITOLAK", "DIBATALKAN"})
KK_STATES = ("TIDAK_PERLU", "MENUNGGU", "KK_TERBIT", "KK_DICETAK", "KK_DISERAHKAN")
KTP_STATES = (
    "TIDAK_PERLU",
    "BELUM_REKAM",
    "TERJADWAL",
    "MEREKAM",
    "DIREKAM",
    "DIKIRIM",
    "GAGAL_PUSAT",
    "GANDA",
    "PRR",
    "PEMBUATAN_KARTU",
    "KARTU_JADI",
    "KARTU_DISERAHKAN",
    "TIDAK_TERBIT",
)
KK_ENDS = frozenset({"TIDAK_PERLU", "KK_DISERAHKAN"})
KTP_ENDS = frozenset({"TIDAK_PERLU", "KARTU_DISERAHKAN", "TIDAK_TERBIT"})

STATE_STEP: dict[str, int] = {
    "DILAPORKAN": 2,
    "CEK_KELENGKAPAN": 2,
    "DIKEMBALIKAN": 2,
    "VERIFIKASI_KASI": 3,
    "CEK_BIOMETRIK": 3,
    "INPUT_SIAK": 4,
    "VALIDASI_KABID": 5,
    "TTE_KADIS": 6,
    "BELUM_REKAM": 7,
    "TERJADWAL": 7,
    "MEREKAM": 7,
    "DIREKAM": 7,
    "DIKIRIM": 8,
    "GAGAL_PUSAT": 7,
    "GANDA": 3,
    "PRR": 8,
    "PEMBUATAN_KARTU": 8,
    "KK_TERBIT": 8,
    "KK_DICETAK": 9,
    "KARTU_JADI": 9,
    "PENERBITAN": 9,
}
"""The SOP step that the holder of a state is in."""


def _t(
    machine: str,
    sources: str,
    event: str,
    target: str,
    roles: str,
    closes: int | None = None,
    opens: int | None = None,
    pause: str | None = None,
) -> Transition:
    allowed = frozenset(Role(role) for role in roles.split())
    return Transition(machine, tuple(sources.split()), event, target, allowed, closes, opens, pause)


_OPEN = " ".join(state for state in CASE_STATES if state not in CASE_ENDS)

TABLE: tuple[Transition, ...] = (
    _t("case", "DILAPORKAN CEK_KELENGKAPAN", "attach_file", "CEK_KELENGKAPAN", "petugas", None, 2),
    _t("case", "CEK_KELENGKAPAN", "pass_check", "VERIFIKASI_KASI", "petugas", 2, 3),
    _t("case", "CEK_KELENGKAPAN", "return_file", "DIKEMBALIKAN", "petugas", 2, 2, "dikembalikan"),
    _t("case", "VERIFIKASI_KASI", "return_file", "DIKEMBALIKAN", "kasi", 3, 2, "dikembalikan"),
    _t("case", "VALIDASI_KABID", "return_file", "DIKEMBALIKAN", "kabid", 5, 2, "dikembalikan"),
    _t("case", "DIKEMBALIKAN", "resubmit", "CEK_KELENGKAPAN", "resident petugas", 2, 2),
    _t("case", "VERIFIKASI_KASI", "verify:search", "CEK_BIOMETRIK", "kasi", 3, 3, "perjalanan"),
    _t("case", "VERIFIKASI_KASI", "verify:enter", "INPUT_SIAK", "kasi", 3, 4),
    _t("case", "VERIFIKASI_KASI", "verify:reissue", "VALIDASI_KABID", "kasi", 3, 5),
    _t("case", "VERIFIKASI_KASI", "verify:card_only", "PENERBITAN", "kasi", 3, None),
    _t("case", "CEK_BIOMETRIK", "search_sent", "CEK_BIOMETRIK", "system", 3, 3, "ketunggalan"),
    _t("case", "CEK_BIOMETRIK", "await_search", "CEK_BIOMETRIK", "system", 3, 3, "perjalanan"),
    _t("case", "CEK_BIOMETRIK", "search_clear", "INPUT_SIAK", "system", 3, 4),
    _t("case", "CEK_BIOMETRIK", "decide_search:proceed", "INPUT_SIAK", "kasi", 3, 4),
    _t("case", "CEK_BIOMETRIK", "decide_search:known", "VERIFIKASI_KASI", "kasi", 3, 3),
    _t("case", "CEK_BIOMETRIK", "decide_search:reject", "DITOLAK", "kasi", 3, None),
    _t("case", "INPUT_SIAK", "submit_draft", "VALIDASI_KABID", "operator", 4, 5),
    _t("case", "VALIDASI_KABID", "validate", "TTE_KADIS", "kabid", 5, 6),
    _t("case", "VALIDASI_KABID", "send_back", "INPUT_SIAK", "kabid", 5, 4),
    _t("case", "TTE_KADIS", "sign", "PENERBITAN", "kadis system", 6, None),
    _t("case", "PENERBITAN", "await_archive", "PENERBITAN", "system", None, 9),
    _t("case", "PENERBITAN", "withdraw_kk", "INPUT_SIAK", "system", None, 4),
    _t("case", "PENERBITAN", "archive", "DIARSIPKAN", "petugas", 9, None),
    _t("case", _OPEN, "reject", "DITOLAK", "kasi"),
    _t("case", _OPEN, "cancel", "DIBATALKAN", "kasi"),
    _t("kk", "MENUNGGU", "sign", "KK_TERBIT", "kadis system", None, 8),
    _t("kk", "KK_TERBIT", "kk_printed", "KK_DICETAK", "system operator", 8, 9),
    _t("kk", "KK_DICETAK", "hand_over_kk", "KK_DISERAHKAN", "petugas", None, None),
    _t("kk", "KK_TERBIT KK_DICETAK KK_DISERAHKAN", "withdraw_kk", "MENUNGGU", "system"),
    _t("ktp", "TIDAK_PERLU", "record_early", "BELUM_REKAM", "petugas perekam", None, 7, "perjalanan"),
    _t("ktp", "BELUM_REKAM", "await_recording", "BELUM_REKAM", "system", None, 7, "perjalanan"),
    _t(
        "ktp",
        "BELUM_REKAM TERJADWAL GAGAL_PUSAT",
        "schedule_visit",
        "TERJADWAL",
        "petugas perekam",
        None,
        7,
        "perjalanan",
    ),
    _t("ktp", "TERJADWAL", "miss_visit", "BELUM_REKAM", "petugas perekam", None, 7, "perjalanan"),
    _t("ktp", "BELUM_REKAM TERJADWAL GAGAL_PUSAT", "start_recording", "MEREKAM", "perekam", None, 7),
    _t("ktp", "BELUM_REKAM TERJADWAL", "reprint", "PRR", "kasi", None, 8),
    _t("ktp", "PRR", "undo_reprint", "BELUM_REKAM", "kasi", None, 7, "perjalanan"),
    _t("ktp", "MEREKAM", "finish_recording", "DIREKAM", "perekam", 7, 8),
    _t("ktp", "DIREKAM", "enrolment_sent", "DIKIRIM", "system", None, 8, "ketunggalan"),
    _t("ktp", "DIKIRIM", "enrolment_ready", "PRR", "system", 8, 8),
    _t("ktp", "DIKIRIM", "enrolment_failed", "GAGAL_PUSAT", "system", 8, 7, "perjalanan"),
    _t("ktp", "DIKIRIM", "enrolment_duplicate", "GANDA", "system", 8, 3),
    _t("ktp", "DIKIRIM GANDA", "record_again", "GAGAL_PUSAT", "kasi", None, 7, "perjalanan"),
    _t("ktp", "GAGAL_PUSAT", "send_again", "DIREKAM", "perekam", None, 8),
    _t(
        "ktp",
        "BELUM_REKAM TERJADWAL MEREKAM DIREKAM DIKIRIM GAGAL_PUSAT GANDA PRR",
        "end_ktp",
        "TIDAK_TERBIT",
        "kasi",
    ),
    _t("ktp", "PRR", "issue_card", "PEMBUATAN_KARTU", "operator", None, 8),
    _t("ktp", "PEMBUATAN_KARTU", "card_ready", "KARTU_JADI", "operator", 8, 9),
    _t("ktp", "PEMBUATAN_KARTU KARTU_JADI", "card_spoiled", "PRR", "operator", None, 8),
    _t("ktp", "KARTU_JADI", "hand_over_card", "KARTU_DISERAHKAN", "petugas system", None, None),
    _t("ktp", "KARTU_JADI", "compare_face", "KARTU_JADI", "petugas", None, 9),
    _t("ktp", "KARTU_JADI", "confirm_face:same", "KARTU_DISERAHKAN", "petugas perekam kasi", None, None),
    _t("ktp", "KARTU_JADI", "confirm_face:other", "KARTU_JADI", "petugas perekam kasi", None, 9),
)
"""Every allowed move of the newest version; printed for the SOP's owner by `make docs`."""

_FIRST = (
    _t("ktp", "BELUM_REKAM GAGAL_PUSAT", "start_recording", "MEREKAM", "perekam", None, 7),
    _t("ktp", "MEREKAM", "finish_recording", "DIREKAM", "perekam", 7, None),
    _t("ktp", "DIKIRIM", "enrolment_failed", "GAGAL_PUSAT", "system", 8, None),
    _t("ktp", "DIKIRIM", "enrolment_duplicate", "GANDA", "system", 8, None),
    _t("ktp", "DIKIRIM GANDA", "record_again", "GAGAL_PUSAT", "kasi", None, None),
    _t("ktp", "GAGAL_PUSAT", "send_again", "DIREKAM", "perekam", None, None),
    _t("ktp", "BELUM_REKAM MEREKAM DIREKAM DIKIRIM GAGAL_PUSAT GANDA PRR", "end_ktp", "TIDAK_TERBIT", "kasi"),
    _t("ktp", "PRR", "issue_card", "PEMBUATAN_KARTU", "operator"),
    _t("ktp", "PEMBUATAN_KARTU KARTU_JADI", "card_spoiled", "PRR", "operator", None, None),
)
_NOT_IN_FIRST = frozenset({"await_recording", "schedule_visit", "miss_visit", "await_archive"})
_REPLACED = frozenset((row.machine, row.event) for row in _FIRST)

_FOURTH = tuple(
    replace(row, pause="ketunggalan") if row.event == "verify:search" else row
    for row in TABLE
    if row.event not in {"search_sent", "await_search", "withdraw_kk"}
)
_THIRD = tuple(row for row in _FOURTH if row.event not in {"decide_search:known", "record_early", "verify:reissue"})
_SECOND = tuple(row for row in _THIRD if row.event not in {"reprint", "undo_reprint"})

TABLES: Mapping[str, tuple[Transition, ...]] = {
    SOP_VERSION: TABLE,
    "D-11/002-4": _FOURTH,
    "D-11/002-3": _THIRD,
    "D-11/002-2": _SECOND,
    "D-11/002-1": _FIRST
    + tuple(row for row in _SECOND if row.event not in _NOT_IN_FIRST and (row.machine, row.event) not in _REPLACED),
}
"""The moves by version: a case goes its whole way by the one it began with."""


def fire(machine: str, state: str, event: str, role: Role, version: str = SOP_VERSION) -> Transition:
    """The transition that `event` makes from `state`; raises `NotAllowed` with a sentence."""
    for transition in TABLES[version]:
        if transition.machine == machine and transition.event == event and state in transition.sources:
            if role in transition.roles:
                return transition
            allowed = ", ".join(sorted(transition.roles))
            raise NotAllowed(f"Langkah ini hanya untuk peran: {allowed}.")
    raise NotAllowed(f"Langkah ini tidak bisa sekarang: berkas sedang {state.replace('_', ' ').lower()}.")


def allowed_events(machine: str, state: str, role: Role, version: str = SOP_VERSION) -> frozenset[str]:
    """The events that this role may cause from `state`."""
    return frozenset(
        transition.event
        for transition in TABLES[version]
        if transition.machine == machine and state in transition.sources and role in transition.roles
    )


def after_verification(*, search: bool, family_card: bool, entry: bool, version: str = SOP_VERSION) -> str:
    """Where the Kasi's approval leads: a biometric search, the operator, straight to the Kabid with a family card
    that needs no `entry`, or straight to the identity card."""
    if not family_card:
        return "verify:card_only"
    if search:
        return "verify:search"
    known = any(row.event == "verify:reissue" for row in TABLES[version])
    return "verify:enter" if entry or not known else "verify:reissue"


def finished(kk_state: str, ktp_states: Iterable[str]) -> bool:
    """Whether both legs of a case have ended, so that it may be archived."""
    return kk_state in KK_ENDS and all(state in KTP_ENDS for state in ktp_states)
