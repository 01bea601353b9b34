"""Refusals of the office in the words of a form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.casework.intake import FileRefused
from appliance.casework.sop import NotAllowed
from appliance.kiosk_ui.shown import ActRefused, Mistake, NoSuchCase
from appliance.office.context import FormRefused
from appliance.records.blanks import LedgerError
from appliance.records.cases import ChangedMeanwhile, Missing


@contextmanager
def in_words(about: str = "") -> Iterator[None]:
    """What the office refuses within becomes `ActRefused` with each mistake at its field, or `NoSuchCase(about)`."""
    try:
        yield
    except FileRefused as refused:
        raise ActRefused(*(Mistake("berkas", sentence) for sentence in refused.mistakes)) from refused
    except FormRefused as refused:
        raise ActRefused(*(Mistake(field, sentence) for field, sentence in refused.mistakes)) from refused
    except (NotAllowed, LedgerError, ChangedMeanwhile) as refused:
        raise ActRefused(Mistake("", str(refused))) from refused
    except Missing as error:
        raise NoSuchCase(about) from error
