"""The desk's part for cards made in a batch."""

from __future__ import annotations

from collections.abc import Callable

from appliance.casework.roles import Actor
from appliance.kiosk_ui import batch_page
from appliance.kiosk_ui.batch_page import BatchView, ChoiceRow
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import Values
from appliance.office import batch, batch_state, blank_store
from appliance.office.acts import BATCH_ACTS
from appliance.office.context import Office


class BatchDesk:
    """Batches of one office; `act_on_case` does an act on the case of one of its cards."""

    def __init__(self, office: Office, act_on_case: Callable[[Actor, str, str, Values], None]) -> None:
        self._office = office
        self._act_on_case = act_on_case

    def newest(self) -> BatchView | None:
        """The newest batch of cards, open or ended; None before the first."""
        state = batch_state.batch_state(self._office)
        if state is None:
            return None
        return batch_page.batch_view(state, (blank_store.next_blank(self._office) or "") if state.hands else "")

    def choice(self) -> tuple[ChoiceRow, ...]:
        """Everybody whose first card can be made now."""
        return tuple(batch_page.choice_row(one) for one in batch_state.candidates(self._office))

    def act(self, actor: Actor, name: str, values: Values) -> None:
        """Do the act of this name on the open batch; `answer_question` and `retry_job` on the case of its card."""
        if name not in BATCH_ACTS:
            with in_words():
                case_id = batch.case_of_card(self._office, int(str(values["number"])))
            self._act_on_case(actor, case_id, name, values)
            return
        with in_words(name):
            BATCH_ACTS[name](self._office, actor, values)
