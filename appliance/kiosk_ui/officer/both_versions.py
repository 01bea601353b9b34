"""A form that was refused because others went on with the case: what was typed, and what they did meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.acts import ACTS, fields_of
from appliance.kiosk_ui.officer.audit import about
from appliance.office.one_at_a_time import Meanwhile
from appliance.records.leases import TAKEN_OVER


@dataclass(frozen=True, slots=True)
class BothVersions:
    """`typed` are label and value of each field, none of it stored; `done` moment, name and act of each other one."""

    typed: tuple[tuple[str, str], ...]
    done: tuple[tuple[int, str, str], ...]


def both_versions(act: str, form: MultiDict[str, str], done: Iterable[Meanwhile]) -> BothVersions | None:
    """Both sides of what an act was sent with; None if nobody else did anything since its form was shown."""
    others = tuple((one.at, one.name, _what(one.event)) for one in done)
    if not others:
        return None
    said = ((field.label, _said(field, form)) for field in fields_of(act) or ())
    return BothVersions(tuple((label, value) for label, value in said if value), others)


def _said(field: Field, form: MultiDict[str, str]) -> str:
    """What stood in the field, in its own words; nothing of a secret, and a file has to be chosen again."""
    if field.kind in {"hidden", "secret", "file"} or field.name == "resident":
        return ""
    words = dict(field.options)
    if field.kind == "yes":
        return "ya" if field.name in form else ""
    if field.kind == "date" and field.name not in form:
        return "-".join(filter(None, (form.get(f"{field.name}_{part}", "") for part in ("day", "month", "year"))))
    return ", ".join(words.get(value, value) for value in form.getlist(field.name) if value)


def _what(event: str) -> str:
    """The title of the act that left this event, else what the event is about."""
    if event == TAKEN_OVER:
        return "Berkas diambil alih"
    name = event.partition("-")[2].removesuffix("-complete").partition(":")[0]
    return ACTS[name].title if name in ACTS else about(event)
