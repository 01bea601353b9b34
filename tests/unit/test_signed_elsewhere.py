"""A family card signed elsewhere is its signer's link in the chain: nobody who holds another of the case signs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from by_hand import HEAD, OTHER, SHEET, brought, open_by_hand, sought_here, typed
from counter import PEOPLE, Counter
from front_office import QUICK_HASH
from sqlalchemy import select, update

from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.acts import ACTS
from appliance.records import accounts, audit, officials
from appliance.records.schema import account, chain_link
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities

HOLDS = "sudah memegang langkah lain pada berkas ini; harus pejabat lain"


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities) -> Iterator[Counter]:
    with open_by_hand(tmp_path, trust) as found:
        yield found


def person(counter: Counter, role: Role) -> Actor:
    """Somebody with an account of this role."""
    accounts.enter(counter.store, str(role), f"Orang {role}", role, QUICK_HASH, SYSTEM)
    with counter.store.read() as tx:
        found = tx.sql.execute(select(account.c.id).where(account.c.login == str(role))).scalar_one()
    return Actor(str(found), f"Orang {role}", role, "loket")


def stands_in(counter: Counter, login: str) -> None:
    today = counter.office.today()
    with counter.store.write() as tx:
        days = today, today + timedelta(days=2)
        officials.appoint(tx, login, Role.KADIS, "Plh.", "800/1", *days, SYSTEM, "197203121998032001", OTHER)


def validated_by(counter: Counter, kasi: Actor, kabid: Actor) -> str:
    case = counter.attached()
    counter.do("pass_check", Role.PETUGAS, case)
    ACTS["verify"](counter.office, kasi, case, {})
    seen = {"evidence": "tiket 12", "seen_on": counter.office.today()}
    sought_here(counter, case)
    counter.do("enter_search", Role.PEREKAM, case, result="no_hit", **seen)
    typed(counter, case, "type_numbers")
    typed(counter, case, "confirm_numbers")
    counter.run("render")
    counter.do("submit_draft", Role.OPERATOR, case)
    ACTS["validate"](counter.office, kabid, case, {})
    return case


def links(counter: Counter, case: str) -> dict[str, str]:
    with counter.store.read() as tx:
        rows = tx.sql.execute(select(chain_link.c.link, chain_link.c.account_id).where(chain_link.c.case_id == case))
        return {row.link: row.account_id for row in rows}


def test_the_kasi_who_verified_a_case_cannot_have_signed_it_as_acting_kadis(
    counter: Counter, trust: Authorities
) -> None:
    kasi = person(counter, Role.KASI)
    stands_in(counter, "kasi")
    case = validated_by(counter, kasi, PEOPLE[Role.KABID])
    signed = sign_pdf(SHEET, trust.officials[OTHER], "KK", "Metro")
    with pytest.raises(NotAllowed, match=HOLDS):
        brought(counter, case, signed)
    assert (counter.case(case).state, counter.evidence(case, "kk_brought")) == ("TTE_KADIS", [])
    assert "sign" not in links(counter, case)


def test_a_stand_in_who_holds_no_other_link_has_the_signature_for_his_link(
    counter: Counter, trust: Authorities
) -> None:
    kasi = person(counter, Role.KASI)
    stands_in(counter, "kasi")
    case = validated_by(counter, PEOPLE[Role.KASI], PEOPLE[Role.KABID])
    assert brought(counter, case, sign_pdf(SHEET, trust.officials[OTHER], "KK", "Metro")) is None
    assert counter.case(case).state == "PENERBITAN"
    assert links(counter, case)["sign"] == kasi.id
    with counter.store.read() as tx:
        (told,) = audit.newest(tx, "case-sign-complete", 2)
    assert json.loads(str(told["facts"]))["signer"] == kasi.id


def test_a_kadis_who_validated_it_as_kabid_cannot_have_signed_it(counter: Counter, trust: Authorities) -> None:
    kabid = person(counter, Role.KABID)
    case = validated_by(counter, PEOPLE[Role.KASI], kabid)
    with counter.store.write() as tx:
        tx.sql.execute(update(account).where(account.c.id == kabid.id).values(role=str(Role.KADIS)))
    signed = sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro")
    with pytest.raises(NotAllowed, match=HOLDS):
        brought(counter, case, signed)
    with counter.store.write() as tx:
        tx.sql.execute(update(account).where(account.c.id == kabid.id).values(role=str(Role.KABID)))
    kadis = person(counter, Role.KADIS)
    assert brought(counter, case, signed) is None
    assert links(counter, case) | {"sign": kadis.id} == links(counter, case)


def test_the_link_is_asked_for_again_when_the_file_has_passed_the_gate(counter: Counter, trust: Authorities) -> None:
    kadis = person(counter, Role.KADIS)
    case = validated_by(counter, PEOPLE[Role.KASI], PEOPLE[Role.KABID])
    counter.do("import_signed", Role.OPERATOR, case, berkas=sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro"))
    with counter.store.write() as tx:
        mine = (chain_link.c.case_id == case, chain_link.c.link.in_(["sign", "verify"]))
        tx.sql.execute(chain_link.delete().where(*mine))
        tx.sql.execute(chain_link.insert().values(case_id=case, link="verify", account_id=kadis.id))
    counter.run("esign")
    job = counter.job(f"sign:{case}")
    assert (job.state, job.fault) == ("hold", "esign.untrusted_document")
    assert counter.case(case).state == "TTE_KADIS" and counter.evidence(case, "kk_signed") == []
