"""Questions that only a person can answer after trouble, and what each answer sets going again."""

from __future__ import annotations

from appliance.casework.card_batch import TO_SLOT
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office, Values, text
from appliance.office.issue import spoil_card
from appliance.queue import effects, jobs
from appliance.records import batches, cases
from appliance.records.moves import answer
from appliance.records.store import Transaction

QUESTIONS: dict[str, tuple[frozenset[Role], str, tuple[tuple[str, str], ...]]] = {
    "card-print-unknown": (
        frozenset({Role.OPERATOR}),
        "Listrik atau pencetak terputus saat kartu dicetak. Lihat kartunya: bagaimana?",
        (("printed", "Tercetak lengkap"), ("blank", "Masih polos"), ("ruined", "Rusak atau tercetak sebagian")),
    ),
    "sheet-print-unknown": (
        frozenset({Role.OPERATOR}),
        "Pencetak terputus saat KK dicetak. Lihat baki: apa yang keluar?",
        (("printed", "KK tercetak lengkap"), ("nothing", "Tidak ada atau rusak")),
    ),
    "sign-unknown": (
        frozenset({Role.KADIS}),
        "Permintaan tanda tangan sudah dikirim, jawabannya tidak sampai. Tanda tangani lagi?",
        (("again", "Ya, tanda tangani lagi"),),
    ),
    "card-print-restored": (
        frozenset({Role.OPERATOR}),
        "Data mesin berasal dari salinan; kartu ini mungkin sudah dicetak. Lihat kartunya dan baki: bagaimana?",
        (("printed", "Tercetak lengkap"), ("blank", "Masih polos"), ("ruined", "Rusak atau tercetak sebagian")),
    ),
    "sheet-print-restored": (
        frozenset({Role.OPERATOR}),
        "Data mesin berasal dari salinan; KK ini mungkin sudah dicetak. Lihat baki dan berkasnya: sudah ada?",
        (("printed", "KK sudah tercetak lengkap"), ("nothing", "Tidak ada atau rusak")),
    ),
    "sign-restored": (
        frozenset({Role.KADIS}),
        "Data mesin berasal dari salinan; KK ini mungkin sudah ditandatangani. Tanda tangani lagi?",
        (("again", "Ya, tanda tangani lagi"),),
    ),
}
"""Kind of question: who may answer, the sentence, and the answers (value, sentence)."""


def answer_question(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Answer an open question (`question`, `answer`); the answer is audited and settles the effect it is about."""
    question_id = text(values, "question", "Pertanyaan tidak ada.")
    reply = text(values, "answer", "Pilih jawaban.")
    with office.store.write() as tx:
        asked = answer(tx, question_id, reply, actor)
        if asked["case_id"] != case_id:
            raise NotAllowed("Pertanyaan ini milik berkas lain.")
        roles, _, answers = QUESTIONS[asked["kind"]]
        if actor.role not in roles:
            raise NotAllowed("Pertanyaan ini untuk peran lain.")
        if reply not in {value for value, _ in answers}:
            raise NotAllowed("Pilih jawaban dari daftar.")
        token, job_key = asked["effect_token"], asked["facts"]["job"]
        evidence = {"answer": reply, "by": str(actor.role)}
        if reply == "printed":
            effects.outcome(tx, token, "done", evidence, decided_by=actor.id)
            jobs.release(tx, job_key)
        elif reply == "ruined":
            effects.outcome(tx, token, "failed", evidence, decided_by=actor.id)
            person = cases.resident_at(tx, asked["case_id"], asked["position"])
            spoil_card(tx, person, actor, "SALAH_CETAK")
        else:
            effects.outcome(tx, token, "failed", evidence, decided_by=actor.id)
            _again(tx, asked["case_id"], asked["position"], job_key)
    office.wake()


def _again(tx: Transaction, case_id: str, position: int | None, job_key: str) -> None:
    """The job is done once more; in a batch a card must first be put into the printer again, behind the next one."""
    job = jobs.by_key(tx, job_key)
    if job is not None and job.kind == "print-card" and batches.holding(tx, case_id, position) is not None:
        jobs.hold(tx, job, TO_SLOT)
    else:
        jobs.release(tx, job_key)
