"""The API's routes for a batch of cards: the acts of its page, and how the batch stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from appliance.casework.card_batch import ENDED, PAUSED, RUNNING, Stage
from appliance.casework.roles import Actor
from appliance.kiosk_ui.api.routes import Asked, Route
from appliance.kiosk_ui.api.schemas import INT, TEXT, YES, or_null, rows, table
from appliance.kiosk_ui.batch_desk import BatchDesk
from appliance.kiosk_ui.batch_page import BatchView
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.batch import FORMS, ROLES
from appliance.kiosk_ui.shown import ActForbidden
from appliance.office.acts import BATCH_ACTS
from appliance.office.batch import LARGEST_BATCH

TITLES = {
    "start_batch": "Mulai kumpulan kartu",
    "pause_batch": "Jeda: tidak ada kartu baru yang dimulai",
    "resume_batch": "Lanjutkan kumpulan yang dijeda",
    "end_batch": "Akhiri kumpulan",
    "leave_out": "Keluarkan satu kartu yang belum dimulai",
    "lay_card": "Blanko sudah di penulis chip",
    "move_card": "Kartu sudah di printer",
    "look_batch_card": "Kartu sudah diperiksa",
    "spoil_batch_card": "Kartu rusak",
}
CARD = table(
    number=INT, code=TEXT, stage={"enum": [str(one.value) for one in Stage]},
    hand={"enum": ["", "lay", "move", "look"]}, serial=TEXT, work=TEXT, work_state=TEXT,
    progress=or_null(INT), fault=TEXT, job=TEXT, question=or_null(TEXT), spoiled=INT,
)  # fmt: skip
BATCH = table(
    state={"enum": ["none", RUNNING, PAUSED, ENDED]}, over=YES, good=INT, spoiled=INT, waits_for=TEXT,
    next_blank=TEXT, cards=rows(CARD),
)  # fmt: skip
OF_A_CARD = ("number", "code", "stage", "hand", "serial", "work", "progress", "fault", "job", "spoiled")
RESIDENTS = table(residents=rows(table(key=TEXT, name=TEXT, code=TEXT, place=TEXT)))
CHOSEN = Field(
    "residents", "Penduduk", "choices", required=False, hint=f"Kunci dari residents, paling banyak {LARGEST_BATCH}."
)
START = (CHOSEN, Field("all", "Semua yang siap", "yes"))


def batch_routes(desk: BatchDesk) -> tuple[Route, ...]:
    """The batch, whose card can be made, and one route for each act."""

    def operator(actor: Actor) -> None:
        if actor.role not in ROLES:
            raise ActForbidden

    def batch(asked: Asked) -> object:
        operator(asked.actor)
        return batch_of(desk.newest())

    def residents(asked: Asked) -> object:
        operator(asked.actor)
        found = desk.choice()
        return {
            "residents": [{name: getattr(one, name) for name in ("key", "name", "code", "place")} for one in found]
        }

    def ready(actor: Actor) -> tuple[Field, ...]:
        operator(actor)
        return (replace(CHOSEN, options=tuple((one.key, one.name) for one in desk.choice())), START[1])

    def fixed(fields: tuple[Field, ...]) -> Callable[[Actor], tuple[Field, ...]]:
        def now(actor: Actor) -> tuple[Field, ...]:
            operator(actor)
            return fields

        return now

    def act(name: str) -> Callable[[Asked], object]:
        def done(asked: Asked) -> object:
            opened = asked.values.get("opened_at")
            asked.values["opened_at"] = int(opened) if isinstance(opened, str) and opened.isdecimal() else None
            desk.act(asked.actor, name, asked.values)
            return batch(asked)

        return done

    fields_of = {form.act: form.fields for form in FORMS.values() if form.act in BATCH_ACTS} | {"start_batch": START}
    return (
        Route("GET", "/card-batch", "card_batch", "Kumpulan kartu terbaru: keadaan tiap kartu", batch, BATCH),
        Route("GET", "/card-batch/residents", "card_batch_residents", "Penduduk yang kartunya siap dibuat", residents,
            RESIDENTS),
        *(
            Route("POST", f"/card-batch/acts/{name}", name, TITLES[name], act(name), BATCH, fields_of[name],
                now=ready if name == "start_batch" else fixed(fields_of[name]), once=True)
            for name in BATCH_ACTS
        ),
    )  # fmt: skip


def batch_of(view: BatchView | None) -> dict[str, object]:
    """A batch as its page shows it; cases by code, no names."""
    if view is None:
        return {
            "state": "none",
            "over": True,
            "good": 0,
            "spoiled": 0,
            "waits_for": "",
            "next_blank": "",
            "cards": [],
        }
    cards = [
        {
            **{name: getattr(one, name) for name in OF_A_CARD},
            "work_state": one.state,
            "question": one.question.id if one.question else None,
        }
        for one in view.cards
    ]
    names = ("state", "over", "good", "spoiled", "waits_for", "next_blank")
    return {**{name: getattr(view, name) for name in names}, "cards": cards}
