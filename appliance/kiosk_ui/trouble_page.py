"""Work that does not go on, in the words of its page: cause, since when, the item, who must act, the one button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from appliance.casework.draft_differences import in_words
from appliance.casework.roles import ROLE_LABELS
from appliance.faults import NAMES_FIELDS, Actor, Item
from appliance.kiosk_ui import words
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.trouble_shown import Button, TroubleLine
from appliance.office.questions import QUESTIONS
from appliance.queue.trouble import Help, Trouble, Why, may_give_up

ITEMS = {
    Item.UNTOUCHED: "belum tersentuh",
    Item.UNKNOWN: "belum diketahui, lihat dulu",
    Item.SPOILED: "rusak",
}
"""What became of what was worked on."""
WHO = {Actor.RESIDENT: "penduduk", Actor.OFFICER: "petugas", Actor.TECHNICIAN: "teknisi"}
THINGS = {"print-kk": "Lembar KK", **dict.fromkeys(("prepare", "encode", "personalise", "print-card"), "Kartu")}
SENTENCES = {
    Why.SILENT: ("Terlalu lama tanpa kemajuan.", "Alat atau layanan tidak menjawab."),
    Why.UNSERVED: ("Tidak ada yang mengerjakan.", "Layanan mesin ini tidak berjalan."),
}


_DESK = {
    Help.RETRY: Button("retry_job", "Coba lagi", "next"),
    Help.PASSPHRASE: Button("", "Ketik frasa sandi", "pen", "f-sign-passphrase"),
    Help.CARD_BACK: Button("retry_job", "Kartu sudah dipasang, lanjutkan", "card"),
    Help.CALL: Button("call_technician", "Panggil teknisi", "help"),
    Help.ANSWER: Button("", "Jawab pertanyaannya", "search", "pertanyaan"),
    Help.SPOIL: Button("", "Nyatakan kartu rusak", "spoiled_card", "kartu"),
    Help.GIVE_UP: Button("", "Hentikan dengan sebab", "wrong", "hentikan"),
}
_TECHNICIAN = {
    Help.REPAIRED: Button("repair", "Sudah diperbaiki, coba lagi", "next"),
    Help.RESTART: Button("repair", "Mulai ulang layanan ini", "next"),
}
ITS_SIGNER = "Menunggu Kepala Dinas mengetik frasa sandinya."
RESTART_NOTE = "Pekerjaan lain yang sedang jalan di layanan itu dilanjutkan sesudahnya; alat ditanya dulu."


def trouble_line(
    trouble: Trouble,
    code: str,
    *,
    technician: bool = False,
    ready: frozenset[str] = frozenset(),
    signs: bool = False,
) -> TroubleLine:
    """The line for the desk, or for the technician; `ready` are the lanes whose device says that it is well again.

    `signs`: who looks may type the passphrase; the others are told who is waited for.
    """
    job = trouble.job
    said = notice(str(trouble.fault)) if trouble.fault is not None else None
    if said is not None:
        sentence, remedy, picture = (said.technician if technician else said.officer), said.remedy, said.picture
    elif trouble.why is Why.ASKED:
        sentence, remedy, picture = QUESTIONS[str(job.fault)][1], "Lihat, lalu jawab.", "warning"
    else:
        (sentence, remedy), picture = SENTENCES[trouble.why], "warning"
    if trouble.why is Why.SILENT:
        sentence = SENTENCES[Why.SILENT][0]
    helps = trouble.technician if technician else trouble.help
    if helps is Help.CALL and job.lane in ready and trouble.why is Why.HELD:
        helps = Help.RETRY
    if helps is Help.PASSPHRASE and not signs:
        helps = Help.WAIT
    return TroubleLine(
        job_id=job.id,
        key=job.key,
        kind=job.kind,
        lane=job.lane,
        case_id=job.case_id,
        code=code,
        resident=job.position,
        why=str(trouble.why),
        fault=job.fault or "",
        sentence=sentence,
        remedy=remedy,
        picture=picture,
        since=trouble.since,
        item=f"{THINGS[job.kind]} {ITEMS[trouble.item]}" if job.kind in THINGS else "",
        who=_who(trouble),
        called_at=job.called_at,
        button=(_TECHNICIAN if technician else _DESK).get(helps),
        may_give_up=not technician and may_give_up(job),
        differs=in_words(job.detail) if trouble.fault in NAMES_FIELDS else "",
        note=ITS_SIGNER
        if trouble.help is Help.PASSPHRASE and not (technician or signs)
        else _note(trouble, helps, technician),
    )


def _who(trouble: Trouble) -> str:
    if trouble.why is not Why.ASKED:
        return WHO[trouble.actor]
    return ", ".join(sorted(ROLE_LABELS[role] for role in QUESTIONS[str(trouble.job.fault)][0]))


def _note(trouble: Trouble, helps: Help, technician: bool) -> str:
    if helps is Help.RESTART:
        return RESTART_NOTE
    if trouble.why is Why.RETRYING:
        return f"Dicoba lagi sendiri {words.hour(trouble.job.run_after)}."
    if technician and helps is Help.WAIT:
        return "Petugas meneruskannya di berkasnya." if trouble.why is not Why.UNSERVED else "Periksa layanan siaga."
    return ""


def trouble_lines(
    found: Iterable[Trouble],
    codes: Mapping[str, str],
    *,
    technician: bool = False,
    ready: frozenset[str] = frozenset(),
    signs: bool = False,
) -> tuple[TroubleLine, ...]:
    """The lines of all troubles; `codes` are the case codes by id, empty for the technician, who knows no cases."""
    return tuple(
        trouble_line(one, codes.get(one.job.case_id or "", ""), technician=technician, ready=ready, signs=signs)
        for one in found
    )


def mark(lines: Iterable[TroubleLine]) -> str:
    """Changes whenever one of the troubles comes, changes or goes; for open pages."""
    return " ".join(f"{one.job_id[-6:]}.{one.why}.{one.fault}.{one.called_at or 0}" for one in lines)
