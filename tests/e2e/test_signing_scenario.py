"""The signing service in all its moods, over HTTP, in one case: domain scenario 12."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from counter import Counter, open_counter

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.central.accounts import load_accounts
from appliance.central.esign import BsreV2, SignedDocument, SignRequest
from appliance.clock import utc_millis
from appliance.faults import FaultCode
from appliance.queue.jobs import Job
from appliance.records import audit
from hw_sim.central.offices import HEAD_NIK, OFFICIALS, CentralOffices
from hw_sim.central.wire import Trouble
from hw_sim.world import World

RIGHT = OFFICIALS[0].passphrase
SHEET = typst.compile(
    b'#set document(date: datetime(year: 2026, month: 11, day: 24), title: "KK")\n= SPECIMEN',
    format="pdf", pdf_standards=["a-2a"],
) + b"\n"  # fmt: skip


class Clerk:
    """Every paper is the same small PDF, or what `paper` was set to."""

    paper = SHEET

    def __getattr__(self, name: str) -> object:
        if not name.startswith("render_"):
            raise AttributeError(name)
        return lambda values: self.paper


class Tearing:
    """The service on a line that loses the end of what it signed."""

    def __init__(self, signer: BsreV2) -> None:
        self._signer = signer
        self.status = signer.status

    def sign(self, request: SignRequest, passphrase: str) -> SignedDocument:
        signed = self._signer.sign(request, passphrase)
        return replace(signed, document=signed.document[:-200])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentralOffices]:
    offices = CentralOffices(World(0.0), tmp_path_factory.mktemp("offices"))
    offices.open()
    yield offices
    offices.close()


@pytest.fixture
def counter(house: CentralOffices, tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path, utc_millis())
    settings = found.office.settings
    settings = replace(settings, office=replace(settings.office, head_nik=HEAD_NIK))
    found.office = replace(found.office, settings=settings)
    found.machines = replace(found.machines, settings=settings, renderer=Clerk())  # type: ignore[arg-type]
    found.offices = replace(
        found.offices,
        settings=settings,
        clock=utc_millis,
        signer=BsreV2(house.server.url("esign"), load_accounts(house.credentials)["esign"], answer_seconds=5),
        esign_roots=house.authorities.esign_roots.read_bytes(),
    )
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
    found.store.close()


def sign(counter: Counter, case: str, passphrase: str = RIGHT) -> Job:
    counter.do("sign", Role.KADIS, case, passphrase=passphrase)
    counter.run("esign")
    return counter.job(f"sign:{case}")


def test_12_wrong_passphrase_expired_user_lost_answer_and_torn_document_then_one_signature(
    counter: Counter, house: CentralOffices
) -> None:
    case = counter.validated()
    signed = house.esign.signed
    assert sign(counter, case, "salah").fault == FaultCode.ESIGN_AUTH_FAILED.value, "2031"
    assert counter.effect(f"sign:{case}:1").state == "failed"
    counter.run("esign")
    assert signed == [], "a wrong passphrase is never tried again by itself"
    house.esign.set_status(HEAD_NIK, "EXPIRED")
    job = sign(counter, case)
    assert (job.fault, job.detail) == (FaultCode.ESIGN_NOT_READY.value, "EXPIRED")
    assert counter.effect(f"sign:{case}:2") is None, "nothing was sent"
    house.esign.set_status(HEAD_NIK, "ISSUE")
    house.troubles.cause("esign", "sign", Trouble(answer="none"))
    assert sign(counter, case).fault == "sign-unknown"
    assert len(signed) == 1, "it signed, and the answer never came"
    with pytest.raises(NotAllowed, match="Jawab dulu"):
        counter.do("sign", Role.KADIS, case, passphrase=RIGHT)
    (question,) = counter.state(case, Role.KADIS).questions
    counter.do("answer_question", Role.KADIS, case, question=question["id"], answer="again")
    whole = counter.offices
    counter.offices = replace(whole, signer=Tearing(whole.signer))  # type: ignore[arg-type]
    job = sign(counter, case)
    assert (job.fault, counter.effect(f"sign:{case}:3").state) == (FaultCode.ESIGN_UNTRUSTED.value, "failed")
    counter.offices = whole
    assert counter.case(case).state == "TTE_KADIS" and counter.evidence(case, "kk_signed") == []
    assert sign(counter, case).state == "done"
    assert (counter.case(case).state, counter.case(case).kk_state) == ("PENERBITAN", "KK_TERBIT")
    (kept,) = counter.evidence(case, "kk_signed")
    record = counter.case(case)
    document = counter.office.vault.get(case, record.wrapped_key, str(kept.blob))
    assert document.startswith(SHEET) and len(document) > len(SHEET)
    with pytest.raises(NotAllowed):
        counter.do("sign", Role.KADIS, case, passphrase=RIGHT)


def test_12_a_document_that_the_service_cannot_read_is_refused_and_the_case_stays_with_the_kadis(
    counter: Counter, house: CentralOffices
) -> None:
    house.esign.signed.clear()
    counter.machines.renderer.paper = b"%PDF-1.7 torn"  # type: ignore[attr-defined]
    case = counter.validated()
    job = sign(counter, case)
    assert (job.state, job.fault) == ("hold", FaultCode.ESIGN_REJECTED.value)
    assert (counter.case(case).state, house.esign.signed) == ("TTE_KADIS", [])
