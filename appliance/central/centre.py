"""The biometric centre: 1:N searches, enrolments, personalisation packets and the fate of cards.

Every change carries a token and happens once; after `centre.no_answer` ask with the `find_*` function first.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from appliance.central.accounts import Account
from appliance.central.http import OfficeClient, OfficeFaults
from appliance.faults import FaultCode

FAULTS = OfficeFaults(FaultCode.CENTRE_UNREACHABLE, FaultCode.CENTRE_REFUSED, FaultCode.CENTRE_UNKNOWN)
CardState = Literal["CARD_PRINTED", "CARD_ISSUED"]


@dataclass(frozen=True, slots=True)
class FingerRecord:
    """One captured finger: ISO position name, ISO/IEC 19794-2:2005 record, NFIQ 2 quality (1-100)."""

    position: str
    template: bytes = field(repr=False)
    quality: int = 0


@dataclass(frozen=True, slots=True)
class FingerException:
    """A finger that was not captured, and why (code of the office's list)."""

    position: str
    reason: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What the 1:N search found: `no_hit`, `hit_other_region` or `hit_inactive`, and under which NIK."""

    result: Literal["no_hit", "hit_other_region", "hit_inactive"]
    nik: str | None


@dataclass(frozen=True, slots=True)
class EnrolmentState:
    """A national state name (SENT_FOR_ENROLLMENT, PRINT_READY_RECORD, …) and the centre's reason, if it gives one."""

    state: str
    reason: str | None = None


class HttpCentre:
    """The centre over HTTP."""

    def __init__(
        self, url: str, account: Account | None, *, connect_seconds: float = 5.0, answer_seconds: float = 60.0
    ) -> None:
        self._office = OfficeClient(
            url, account, FAULTS, connect_seconds=connect_seconds, answer_seconds=answer_seconds
        )

    def search(self, token: str, fingers: Sequence[FingerRecord]) -> SearchResult:
        """Search everybody recorded for these fingers; raises `centre.*`."""
        rows = [{"position": one.position, "template": _base64(one.template)} for one in fingers]
        return self._result(self._office.tell("/searches", {"token": token, "fingers": rows}))

    def find_search(self, token: str) -> SearchResult | None:
        """What the search with this token found; None if it was never received."""
        answer = self._find("searches", token)
        return None if answer is None else self._result(answer)

    def enrol(
        self,
        token: str,
        nik: str,
        fingers: Sequence[FingerRecord],
        exceptions: Sequence[FingerException],
        images: bytes | None,
        face: bytes,
        signature: bytes | None,
    ) -> EnrolmentState:
        """Send a recording: all ten fingers captured or excepted, with the pictures they were read from.

        `images` is their ISO/IEC 19794-4:2005 record (None without any finger), `face` an ISO/IEC 19794-5:2005
        record, `signature` a PNG or None.
        """
        answer = self._office.tell(
            "/enrolments",
            {
                "token": token,
                "nik": nik,
                "fingers": [
                    {"position": one.position, "template": _base64(one.template), "quality": one.quality}
                    for one in fingers
                ],
                "exceptions": [{"position": one.position, "reason": one.reason} for one in exceptions],
                "finger_images": None if images is None else _base64(images),
                "face": _base64(face),
                "signature": None if signature is None else _base64(signature),
            },
        )
        return self._enrolment(answer)

    def find_enrolment(self, token: str) -> EnrolmentState | None:
        """Where the recording stands now; None if it was never received."""
        answer = self._find("enrolments", token)
        return None if answer is None else self._enrolment(answer)

    def personalise(self, token: str, nik: str, uid: bytes, aa_public_key: bytes, blank_serial: str) -> str:
        """The signed packet for this blank (compact JWS); the token becomes the packet's job."""
        order = {
            "token": token,
            "nik": nik,
            "uid": uid.hex().upper(),
            "aa_public_key": _base64(aa_public_key),
            "blank_serial": blank_serial,
        }
        return self._packet(self._office.tell("/personalisations", order))

    def find_personalisation(self, token: str) -> str | None:
        """The packet given for this token; None if it was never received."""
        answer = self._find("personalisations", token)
        return None if answer is None else self._packet(answer)

    def void(self, token: str, cause: str) -> None:
        """Revoke the card of this packet, so that another may be asked for; again is harmless."""
        self._office.tell(f"/personalisations/{quote(token, safe='')}/void", {"cause": cause})

    def report_card(self, token: str, uid: bytes, nik: str, state: CardState) -> None:
        """Tell what became of the card."""
        change = {"token": token, "uid": uid.hex().upper(), "nik": nik, "state": state}
        self._office.tell("/cards", change)

    def find_card(self, token: str) -> str | None:
        """Which state was told with this token; None if it was never received."""
        answer = self._find("cards", token)
        return None if answer is None else str(answer.get("state"))

    def _find(self, what: str, token: str) -> Mapping[str, object] | None:
        return self._office.ask(f"/{what}/{quote(token, safe='')}")

    def _result(self, answer: Mapping[str, object]) -> SearchResult:
        result, nik = answer.get("result"), answer.get("nik")
        if nik is not None and not isinstance(nik, str):
            raise self._office.misunderstood("the search's NIK is none")
        if result == "no_hit":
            return SearchResult("no_hit", None)
        if result == "hit_other_region" or result == "hit_inactive":
            return SearchResult(result, nik)
        raise self._office.misunderstood("the search has no known result")

    def _enrolment(self, answer: Mapping[str, object]) -> EnrolmentState:
        state, reason = answer.get("state"), answer.get("reason")
        if not isinstance(state, str) or not state:
            raise self._office.misunderstood("the enrolment has no state")
        return EnrolmentState(state, reason if isinstance(reason, str) else None)

    def _packet(self, answer: Mapping[str, object]) -> str:
        packet = answer.get("packet")
        if not isinstance(packet, str):
            raise self._office.misunderstood("the answer holds no packet")
        return packet


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
