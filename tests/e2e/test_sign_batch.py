"""Many family cards signed with one passphrase, over the wire: each has its own result, and a wrong one stops all."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from counter import PEOPLE, Counter, open_counter
from front_office import open_office, sign_in, token
from test_signing_scenario import RIGHT, Clerk

from appliance.app.signers import signer_of
from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.central.accounts import load_accounts
from appliance.central.esign import Signer
from appliance.central.esign_v1 import BsreV1
from appliance.clock import utc_millis
from appliance.config import Central
from appliance.faults import FaultCode
from appliance.office.sign_batch import LARGEST_BATCH, UNREAD, sign_batch, signed_in, waiting
from appliance.queue.passphrase import Keeper, lend
from appliance.records import accounts, audit, cases
from hw_sim.central.esign import sign_pdf
from hw_sim.central.offices import HEAD_NIK, CentralOffices
from hw_sim.central.wire import Trouble
from hw_sim.world import When, World

KADIS = PEOPLE[Role.KADIS]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentralOffices]:
    offices = CentralOffices(World(0.0), tmp_path_factory.mktemp("offices"))
    offices.open()
    yield offices
    offices.close()


@pytest.fixture(params=["v1", "v2"])
def counter(request: pytest.FixtureRequest, house: CentralOffices, tmp_path: Path) -> Iterator[Counter]:
    house.troubles.clear()
    house.esign.signed.clear()
    found = open_counter(tmp_path, utc_millis())
    settings = found.office.settings
    settings = replace(settings, office=replace(settings.office, head_nik=HEAD_NIK))
    found.office = replace(found.office, settings=settings)
    found.machines = replace(found.machines, settings=settings, renderer=Clerk())  # type: ignore[arg-type]
    central = Central(None, None, house.server.url("esign"), None, request.param)
    found.offices = replace(
        found.offices,
        settings=settings,
        signer=signer_of(central, load_accounts(house.credentials)["esign"]),
        esign_roots=house.authorities.esign_roots.read_bytes(),
        forget_passphrases=found.lent.clear,
        return_passphrase=found.lent.__setitem__,
    )
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
        told = "".join(str(one["facts"]) for one in audit.entries(tx))
    assert RIGHT not in told
    found.store.close()


def signer_now(counter: Counter, house: CentralOffices) -> Signer:
    """The same provider where the service listens now."""
    version = "v1" if isinstance(counter.offices.signer, BsreV1) else "v2"
    central = Central(None, None, house.server.url("esign"), None, version)
    signer = signer_of(central, load_accounts(house.credentials)["esign"])
    assert signer is not None
    return signer


def ready(counter: Counter, count: int = 3) -> list[str]:
    return [counter.shown_draft(counter.validated()) for _ in range(count)]


def states(counter: Counter, batch: list[str]) -> list[str]:
    return [counter.case(one).state for one in batch]


def test_one_passphrase_signs_all_that_were_chosen(counter: Counter, house: CentralOffices) -> None:
    chosen = ready(counter)
    left = counter.validated()
    batch, refused = sign_batch(counter.office, KADIS, {"cases": chosen, "passphrase": RIGHT})
    assert (refused, set(counter.lent)) == ({}, set(chosen))
    counter.run("esign")
    assert states(counter, chosen) == ["PENERBITAN"] * 3
    assert counter.case(left).state == "TTE_KADIS"
    assert (len(house.esign.signed), counter.lent) == (3, {})
    assert {one.id for one in signed_in(counter.office, KADIS, batch)} == set(chosen)
    assert [one.record.id for one in waiting(counter.office, KADIS)] == [left]


def test_what_was_never_shown_to_who_signs_is_left_out(counter: Counter, house: CentralOffices) -> None:
    """To another person, or of a draft before this one, is not to him."""
    unseen, seen, by_others, old = (counter.validated() for _ in range(4))
    counter.shown_draft(seen)
    counter.shown_draft(seen)
    counter.shown_draft(by_others, PEOPLE[Role.KABID])
    counter.shown_draft(by_others, replace(KADIS, id="another"))
    counter.shown_draft(old)
    with counter.store.write() as tx:
        cases.add_evidence(tx, old, "kk_draft", name="KK")
    assert {one.record.id: one.shown for one in waiting(counter.office, KADIS)} == {
        unseen: False, seen: True, by_others: False, old: False,
    }  # fmt: skip
    all_of_them = {"cases": [unseen, seen, by_others, old], "passphrase": RIGHT}
    _, refused = sign_batch(counter.office, KADIS, all_of_them)
    assert refused == dict.fromkeys((unseen, by_others, old), UNREAD) and set(counter.lent) == {seen}
    with counter.store.read() as tx:
        told = [one for one in audit.of_case(tx, seen) if one["event"] == "kk-show-complete"]
    assert len(told) == 1
    counter.run("esign")
    assert states(counter, [unseen, seen]) == ["TTE_KADIS", "PENERBITAN"]


def test_a_wrong_passphrase_is_heard_once_whatever_was_chosen(counter: Counter, house: CentralOffices) -> None:
    heard: list[str] = []
    house.server.world.on(
        When("esign", {"call": "sign", "phase": "received"}),
        lambda event: heard.append("sign"),
        once=False,
    )
    chosen = ready(counter)
    sign_batch(counter.office, KADIS, {"cases": chosen, "passphrase": "bukan-ini"})
    counter.run("esign")
    assert len(heard) == 1
    faults = [counter.job(f"sign:{one}").fault for one in chosen]
    assert sorted(map(str, faults)) == sorted(
        [
            FaultCode.ESIGN_AUTH_FAILED.value,
            *[FaultCode.ESIGN_PASSPHRASE_NEEDED.value] * 2,
        ]
    )
    sign_batch(counter.office, KADIS, {"cases": chosen, "passphrase": RIGHT})
    counter.run("esign")
    assert states(counter, chosen) == ["PENERBITAN"] * 3


def test_a_line_that_drops_asks_about_that_one_and_signs_the_others_once(
    counter: Counter, house: CentralOffices
) -> None:
    chosen = ready(counter)
    house.troubles.cause("esign", "sign", Trouble("done", answer="none"))
    sign_batch(counter.office, KADIS, {"cases": chosen, "passphrase": RIGHT})
    counter.run("esign")
    assert sorted(states(counter, chosen)) == ["PENERBITAN", "PENERBITAN", "TTE_KADIS"]
    (open_one,) = [one for one in chosen if counter.case(one).state == "TTE_KADIS"]
    assert len(house.esign.signed) == 3
    _, refused = sign_batch(counter.office, KADIS, {"cases": chosen, "passphrase": RIGHT})
    assert set(refused) == set(chosen), "two are signed, one waits for an answer: nothing is asked for again"
    assert "Jawab dulu" in refused[open_one]
    counter.run("esign")
    assert len(house.esign.signed) == 3


def test_while_the_service_is_away_the_operator_may_bring_the_signed_draft(
    counter: Counter, house: CentralOffices
) -> None:
    (case,) = ready(counter, 1)
    signed = sign_pdf(Clerk.paper, house.authorities.officials[HEAD_NIK], "KK", "Metro")
    with pytest.raises(NotAllowed, match="lewat layanan TTE"):
        counter.do("import_signed", Role.OPERATOR, case, berkas=signed)
    house.close()
    try:
        counter.do("sign", Role.KADIS, case, passphrase=RIGHT)
        for _ in range(4):
            counter.run("esign")
            counter.clock.go(600)
        job = counter.job(f"sign:{case}")
        assert (job.state, job.fault) == ("ready", FaultCode.ESIGN_UNREACHABLE.value)
        counter.lent.clear()
        counter.run("esign")
        job = counter.job(f"sign:{case}")
        assert (job.state, job.fault) == ("hold", FaultCode.ESIGN_AWAY_TOO_LONG.value)
        assert "import_signed" in counter.state(case, Role.OPERATOR).acts
        counter.do("import_signed", Role.OPERATOR, case, berkas=signed)
        counter.run("esign")
        assert counter.case(case).state == "PENERBITAN"
    finally:
        house.open()
    assert house.esign.signed == [], "the service never signed it"


def test_a_second_try_needs_no_second_passphrase_until_its_time_is_over(
    counter: Counter, house: CentralOffices, tmp_path: Path
) -> None:
    now, path = [0.0], tmp_path / "passphrase.sock"
    keeper = Keeper(path, 300.0, lambda: now[0])
    threading.Thread(target=keeper.run, daemon=True).start()
    counter.office = replace(counter.office, lend_passphrase=lambda case, words: lend(path, case, words))
    counter.offices = replace(
        counter.offices,
        take_passphrase=keeper.take,
        return_passphrase=keeper.give_back,
        forget_passphrases=keeper.forget,
    )
    chosen = ready(counter, 2)

    def tried() -> set[tuple[str, str | None]]:
        counter.run("esign")
        counter.clock.go(120)
        return {(job.state, job.fault) for job in (counter.job(f"sign:{one}") for one in chosen)}

    house.close()
    sign_batch(counter.office, KADIS, {"cases": chosen, "passphrase": RIGHT})
    assert tried() == tried() == {("ready", FaultCode.ESIGN_UNREACHABLE.value)}
    house.open()
    counter.offices = replace(counter.offices, signer=signer_now(counter, house))
    assert tried() == {("done", None)}, "the queue's own next try signs both with what was typed once"
    assert len(house.esign.signed) == 2
    assert all(keeper.take(one) is None for one in chosen)

    (late,) = chosen = ready(counter, 1)
    house.close()
    counter.do("sign", Role.KADIS, late, passphrase=RIGHT)
    assert tried() == {("ready", FaultCode.ESIGN_UNREACHABLE.value)}
    now[0] = 301.0
    assert tried() == {("hold", FaultCode.ESIGN_AWAY_TOO_LONG.value)}
    assert keeper.take(late) is None
    house.open()
    counter.offices = replace(counter.offices, signer=signer_now(counter, house))
    place = open_office(tmp_path, roles=())
    accounts.add(place.office.store, "kadis", "Kadis", Role.KADIS, "123456", SYSTEM)
    client = place.app("officer").test_client()
    sign_in(client, Role.KADIS)
    page = client.get(f"/petugas/kasus/{late}").text
    assert "tidak terhubung sampai frasa sandi dihapus" in page
    assert 'href="#f-sign-passphrase"' in page and 'id="f-sign-passphrase"' in page, "it asks for this act"
    place.office.store.close()
    counter.do("sign", Role.KADIS, late, passphrase=RIGHT)
    assert tried() == {("done", None)}


def test_who_may_and_how_many(counter: Counter) -> None:
    (case,) = ready(counter, 1)
    with pytest.raises(NotAllowed, match="Hanya Kepala Dinas"):
        sign_batch(counter.office, PEOPLE[Role.KABID], {"cases": [case], "passphrase": "x"})
    with pytest.raises(NotAllowed, match="sedikitnya satu"):
        sign_batch(counter.office, KADIS, {"cases": [], "passphrase": "x"})
    with pytest.raises(NotAllowed, match="Paling banyak"):
        many = [f"case-{number}" for number in range(LARGEST_BATCH + 1)]
        sign_batch(counter.office, KADIS, {"cases": many, "passphrase": "x"})
    _, refused = sign_batch(counter.office, KADIS, {"cases": [case, "none"], "passphrase": "x"})
    assert set(refused) == {"none"}


def test_the_page_shows_each_draft_and_each_result(counter: Counter, tmp_path: Path) -> None:
    chosen = [counter.validated() for _ in range(2)]
    place = open_office(tmp_path, roles=())
    accounts.add(place.office.store, "kadis", "Kadis", Role.KADIS, "123456", SYSTEM)
    client = place.app("officer").test_client()
    sign_in(client, Role.KADIS)
    home = "/petugas/tanda-tangan"
    page = client.get(home)
    assert all(f'data-waiting="{one}"' in page.text for one in chosen) and page.text.count("Baca draf") == 2
    form = {"csrf_token": token(page), "cases": chosen}
    assert client.post(home, data={**form, "passphrase": ""}).status_code == 422
    unseen = client.post(home, data={**form, "passphrase": RIGHT})
    assert unseen.status_code == 422 and unseen.text.count(UNREAD) == 2 and page.text.count('data-read="no"') == 2
    for draft in re.findall(r'data-draft href="([^"]+)"', page.text):
        assert client.get(draft).status_code == 200
    assert client.get(home).text.count('data-read="yes"') == 2
    sent = client.post(home, data={**form, "passphrase": RIGHT})
    assert sent.status_code == 303 and RIGHT not in sent.headers["Location"]
    for one in chosen:
        counter.lent[one] = RIGHT
    assert "sedang ditandatangani" in client.get(home).text
    counter.run("esign")
    assert 'data-signed="2"' in client.get(sent.headers["Location"]).text
    place.office.store.close()


def test_the_keeper_forgets_every_passphrase_of_the_batch(tmp_path: Path) -> None:
    path = tmp_path / "passphrase.sock"
    keeper = Keeper(path)
    threading.Thread(target=keeper.run, daemon=True).start()
    for one in ("a", "b"):
        assert lend(path, one, RIGHT)
    assert keeper.take("a") == RIGHT
    keeper.forget()
    assert keeper.take("b") is None
