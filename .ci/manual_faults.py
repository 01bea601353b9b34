"""The manual of faults, made from their table and their words."""

from __future__ import annotations

from manual_tables import HEAD, table

from appliance.faults import FAULTS, FaultCode
from appliance.kiosk_ui.notices import NOTICES


def faults_manual() -> str:
    """Every fault by device: what it is, who acts, and what each reader is told."""
    text = HEAD.format(source="`appliance/faults.py` and `appliance/kiosk_ui/catalogue/notices.toml`")
    text += (
        "# Faults\n\nEach expected trouble with a device or an office is one row. *Who acts* names the person who "
        "must do something; *again* says when the act may be tried again (`auto_once`: once by itself, "
        "`after_action`: after somebody did something, `never`); *item* says what became of the resident's card or "
        "sheet. The faces have the sentences in Indonesian and English; here stands the English.\n"
    )
    groups: dict[str, list[FaultCode]] = {}
    for code in FaultCode:
        groups.setdefault(code.value.partition(".")[0], []).append(code)
    for device, codes in groups.items():
        text += f"\n## {device}\n\n"
        rows = [(f"`{c.value}`", FAULTS[c].category, FAULTS[c].actor, FAULTS[c].retry, FAULTS[c].item) for c in codes]
        text += table(("Code", "Category", "Who acts", "Again", "Item"), rows) + "\n"
        told = [(f"`{c.value}`", *_sentences(c)) for c in codes]
        text += table(("Code", "The resident reads", "The officer reads", "The technician reads", "Remedy"), told)
    return text


def _sentences(code: FaultCode) -> tuple[str, str, str, str]:
    found = NOTICES["en"][code]
    return found.resident, found.officer, found.technician, found.remedy
