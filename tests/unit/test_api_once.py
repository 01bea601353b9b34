"""`Idempotency-Key`: a request is done once whatever happens to its answer, on SQLite and on PostgreSQL."""

from __future__ import annotations

import base64
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from books import Hours
from flask.testing import FlaskClient
from front_office import PIN, FrontOffice, case_file, open_office, report
from postgres import Cluster
from sqlalchemy import event, func, select, text, update
from werkzeug.test import TestResponse

from appliance.app.wiping import Wiper
from appliance.casework.roles import SYSTEM, Role
from appliance.clock import utc_millis
from appliance.config import Retention
from appliance.faults import DeviceFault, FaultCode
from appliance.office import retention
from appliance.records import audit, copies, copy_wiping
from appliance.records.api_answers import AnswerLost, Once, StillRunning
from appliance.records.schema import SCHEMA_VERSION, api_answer, case, job
from appliance.records.vault import BlobLost

KEY = '"8e03978e-40d5-43e8-bc93-6894a57f9324"'
ENDED = {"cause": "LAINNYA", "reason": "x"}
WHOLE = {"berkas": base64.b64encode(case_file()).decode()}
ROLES = (Role.PETUGAS, Role.KASI)
HOUR = 3600
T = TypeVar("T")


def elsewhere(do: Callable[[], T]) -> T:
    """What this gives in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(do).result()


class Programs:
    """An office and the programs that ask it; its clock is the test's."""

    def __init__(self, folder: Path, clock: Hours, server: Cluster | None) -> None:
        self.clock = clock
        self.place: FrontOffice = open_office(folder, ROLES, clock=clock, server=server)
        self.client: FlaskClient = self.place.app("officer").test_client()
        self.tokens: dict[Role, str] = {}

    @property
    def store(self) -> Any:
        return self.place.office.store

    def token(self, role: Role) -> str:
        if role not in self.tokens:
            self.tokens[role] = self.client.post("/api/token", json={"user": str(role), "pin": PIN}).json["token"]
        return self.tokens[role]

    def ask(self, path: str, body: object, key: str | None = KEY, role: Role = Role.PETUGAS) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token(role)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.post(f"/api{path}", headers=headers, json=body)

    def cases(self) -> int:
        with self.store.read() as tx:
            return int(tx.sql.execute(select(func.count()).select_from(case)).scalar_one())

    def rows(self) -> list[Any]:
        with self.store.read() as tx:
            return list(tx.sql.execute(select(api_answer)))


@pytest.fixture
def office(tmp_path: Path, server: Cluster | None) -> Iterator[Programs]:
    programs = Programs(tmp_path / "office", Hours(utc_millis()), server)
    yield programs
    with programs.store.read() as tx:
        assert audit.verify(tx)[1] is None
    programs.store.close()


def test_the_same_request_is_done_once_and_answered_alike(office: Programs) -> None:
    first = office.ask("/cases", WHOLE)
    again = office.ask("/cases", WHOLE)
    assert (first.status_code, first.data, first.mimetype) == (again.status_code, again.data, again.mimetype)
    assert (first.status_code, office.cases()) == (200, 1)
    code = first.json["code"]
    told = [office.ask(f"/cases/{code}/acts/cancel", ENDED, '"other-key"', Role.KASI) for _ in range(2)]
    assert told[0].data == told[1].data and told[0].json["state"] == "DIBATALKAN"
    assert office.ask("/cases", WHOLE, key=None).json["code"] != code and office.cases() == 2


def test_another_body_address_or_account_under_the_same_key(office: Programs) -> None:
    code = office.ask("/cases", WHOLE).json["code"]
    other = {"berkas": base64.b64encode(case_file(more=1)).decode()}
    for path, body in (("/cases", other), (f"/cases/{code}/acts/pass_check", {})):
        refused = office.ask(path, body)
        assert (refused.status_code, [one["field"] for one in refused.json["errors"]]) == (422, ["Idempotency-Key"])
    assert office.ask("/cases", WHOLE, role=Role.KASI).status_code == 403, "a key is of one account"
    assert office.cases() == 1


def test_a_refusal_of_the_act_is_kept_and_one_of_the_form_is_not(office: Programs) -> None:
    code = report(office.place.app("resident").test_client())
    attach = f"/cases/{code}/acts/attach_file"
    early = office.ask(f"/cases/{code}/acts/pass_check", {}, '"early-0001"')
    assert office.ask(attach, {"berkas": "no base64!"}).status_code == 422
    assert office.ask(attach, WHOLE).status_code == 200, "what is refused for its form takes no key"
    again = office.ask(f"/cases/{code}/acts/pass_check", {}, '"early-0001"')
    assert (early.status_code, early.mimetype) == (422, "application/problem+json")
    assert (again.status_code, again.mimetype, again.data) == (422, early.mimetype, early.data)


NO_KEYS = ["", "bare-token-without-quotes", '"short"', f'"{"x" * 201}"', '"a b c d e f"', '"1234567é"',
    '"12345678", "12345678"', '"12345678"; a=1', '"123\\"5678"']  # fmt: skip


def test_what_is_no_key_is_refused_and_nothing_done(office: Programs) -> None:
    for key in NO_KEYS:
        refused = office.ask("/cases", WHOLE, key)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "Idempotency-Key"), key
    assert office.cases() == 0


def test_every_route_that_changes_something_takes_a_key(office: Programs) -> None:
    paths = office.client.get("/api/openapi.json").json["paths"]
    posts = {path: methods["post"] for path, methods in paths.items() if "post" in methods}
    keyed = {path for path, one in posts.items() if any(each["in"] == "header" for each in one["parameters"])}
    assert set(posts) - keyed == {"/api/token", "/api/find", "/api/documents/check", "/api/acting"}
    assert all({"409", "410"} <= set(posts[path]["responses"]) for path in keyed)
    assert not any(each["in"] == "header" for methods in paths.values() if "get" in methods
                   for each in methods["get"]["parameters"])  # fmt: skip


def test_while_it_is_worked_on_the_same_is_told_to_wait(office: Programs) -> None:
    office.token(Role.PETUGAS)
    account_id = office.place.actor(Role.PETUGAS).id
    meanwhile = []

    def do() -> tuple[int, bytes]:
        meanwhile.append(elsewhere(lambda: office.ask("/cases", WHOLE)))
        return 200, b"{}"

    office.place.services.desk.once.answer(account_id, KEY.strip('"'), b"first", do)
    (early,) = meanwhile
    assert (early.status_code, early.json["stored"], early.headers["Retry-After"]) == (409, False, "1")
    assert office.cases() == 0


def test_another_machine_that_took_it_over_alone_stores_it(office: Programs) -> None:
    """The slow one was believed dead: of what it does nothing is stored."""
    vault = office.place.office.vault
    slow, quick = Once(office.store, vault), Once(office.store, vault)

    def change(name: str) -> tuple[int, bytes]:
        with office.store.write() as tx:
            audit.record(tx, name, SYSTEM)
        return 200, name.encode()

    def late() -> tuple[int, bytes]:
        done = elsewhere(lambda: quick.answer("a", "key", b"r", lambda: change("quick-complete")))
        assert done == (200, b"quick-complete")
        return change("slow-complete")

    with pytest.raises(StillRunning):
        slow.answer("a", "key", b"r", late)
    with office.store.read() as tx:
        assert audit.newest(tx, "quick-complete", 2) and not audit.newest(tx, "slow-complete", 2)
    assert slow.answer("a", "key", b"r", lambda: change("never")) == (200, b"quick-complete")


def test_what_failed_before_anything_was_stored_may_be_sent_again(office: Programs) -> None:
    once = office.place.services.desk.once
    full = DeviceFault(FaultCode.STORAGE_FULL)

    def refused() -> tuple[int, bytes]:
        raise full

    def stored_then_refused() -> tuple[int, bytes]:
        with office.store.write() as tx:
            audit.record(tx, "half-complete", SYSTEM)
        raise full

    with pytest.raises(DeviceFault):
        once.answer("a", "key", b"r", refused)
    with pytest.raises(DeviceFault):
        once.answer("a", "key", b"r", stored_then_refused)
    with pytest.raises(AnswerLost) as lost:
        once.answer("a", "key", b"r", stored_then_refused)
    assert lost.value.code is None
    with office.store.read() as tx:
        assert len(audit.newest(tx, "half-complete", 2)) == 1


def killed_at(folder: Path, now: int, server: Cluster | None, number: int) -> bool:
    """A process of its own that brings a case and dies before this commit; false if there were not so many."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            programs, left = Programs(folder, Hours(now), server), [number]
            programs.token(Role.PETUGAS)

            def point(*_: object) -> None:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(programs.store._database.engine, "commit", point)
            code = 0 if programs.ask("/cases", WHOLE).status_code == 200 else 1
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_killed_at_any_commit_the_case_is_there_once(tmp_path: Path, server: Cluster | None) -> None:
    """What is true after a kill: nothing was stored and it is done now; or it was stored, and the answer says so and
    which case it is; or it was answered, and is answered alike. Never a second case."""
    seen = []
    killed, number, now = True, 0, utc_millis()
    while killed:
        number += 1
        folder = tmp_path / str(number)
        Programs(folder, Hours(now), server).store.close()
        killed = killed_at(folder, now, server, number)
        again = Programs(folder, Hours(now), server)
        there = again.cases()
        answer = again.ask("/cases", WHOLE)
        assert again.cases() == 1, f"killed before commit {number}"
        with again.store.read() as tx:
            code = tx.sql.execute(select(case.c.code)).scalar_one()
        assert answer.json["code"] == code
        stored = there == 1
        assert (answer.status_code, answer.json.get("stored")) in (
            {(200, None), (409, True)} if stored else {(200, None)}
        )
        seen.append((stored, answer.status_code))
        second = again.ask("/cases", WHOLE)
        assert (second.status_code, second.json["code"]) == (answer.status_code, code)
        again.store.close()
    assert {(False, 200), (True, 409)} <= set(seen) and seen[-1] == (True, 200)
    assert sorted(seen, key=seen.index) == seen, "first nothing, then the case without answer, then both"


def test_a_key_is_forgotten_after_a_day_if_the_clock_is_believed(office: Programs) -> None:
    office.ask("/cases", WHOLE)
    trouble: list[DeviceFault | None] = [DeviceFault(FaultCode.CLOCK_JUMPED)]
    settings, vault = office.place.office.settings, office.place.office.vault
    wiper = Wiper(settings, office.store, vault, lambda: trouble[0], office.clock)
    for hours, kept in ((23, 1), (2, 1)):
        office.clock.go(hours * HOUR)
        wiper.look()
        assert len(office.rows()) == kept, "a clock in doubt forgets nothing"
    trouble[0] = None
    wiper.look()
    assert office.rows() == []
    office.tokens.clear()
    assert office.ask("/cases", WHOLE).status_code == 200 and office.cases() == 2
    office.clock.now -= 30 * HOUR * 1000
    wiper.look()
    assert office.rows() == [], "nor does a clock that was set back keep it for ever"


def test_nothing_in_the_rows_tells_of_a_person_or_of_the_request(office: Programs) -> None:
    code = office.ask("/cases", WHOLE).json["code"]
    office.ask(f"/cases/{code}/acts/cancel", ENDED, '"SUGENG-RIYADI"', Role.KASI)
    written = str(office.rows())
    assert len(office.rows()) == 2
    for words in ("SUGENG", "8e03978e", code, "residents", "berkas", PIN):
        assert words not in written
    assert all(one.case_id and one.answer for one in office.rows())
    with pytest.raises(BlobLost):
        office.place.office.vault.unseal("of another", office.rows()[0].answer)


def test_what_is_wiped_of_a_case_takes_the_answers_along_also_in_copies(tmp_path: Path) -> None:
    office = Programs(tmp_path / "office", Hours(utc_millis()), None)
    code = office.ask("/cases", WHOLE).json["code"]
    assert office.ask(f"/cases/{code}/acts/cancel", ENDED, role=Role.KASI).status_code == 200
    with office.store.write() as tx:  # what only a printer would do
        tx.sql.execute(update(job).values(state="done"))
    settings, key = office.place.office.settings, b"k" * 32
    copy = copies.make(office.store, settings.copies, key, office.clock)
    office.clock.go(HOUR)
    limits = dict.fromkeys(Retention().days, 0)
    assert retention.run(office.store, office.place.office.vault, limits, SYSTEM, lambda: None) > 0
    assert copy_wiping.reach(office.store, settings.copies, key, office.clock) == ()
    struck = office.ask("/cases", WHOLE)
    assert (struck.status_code, office.cases()) == (410, 1)
    office.store.close()
    put_back = tmp_path / "back"
    put_back.mkdir()
    copy.path.rename(put_back / "siaga.db")
    back = open_office(put_back)
    with back.office.store.read() as tx:
        assert [one.answer for one in tx.sql.execute(select(api_answer))] == [None, None]
    back.office.store.close()


def test_books_of_version_5_learn_of_keys(tmp_path: Path) -> None:
    place = open_office(tmp_path / "office", ())
    with place.office.store.write() as tx:
        tx.sql.execute(text("DROP TABLE api_answer"))
        tx.sql.execute(text("PRAGMA user_version = 5"))
    place.office.store.close()
    again = open_office(tmp_path / "office", ())
    with again.office.store.read() as tx:
        assert tx.sql.execute(text("PRAGMA user_version")).scalar_one() == SCHEMA_VERSION
        assert tx.sql.execute(select(func.count()).select_from(api_answer)).scalar_one() == 0
    again.office.store.close()
