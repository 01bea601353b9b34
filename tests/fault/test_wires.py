"""Every fault injected over the wire: its name, the job, the words, what was accepted, and one effect in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from beginnings import HURRY, Books, set_out
from benches import Bench
from injections import Injection, injections
from places import ELSEWHERE, NO_STEP, PLACED
from works import PASSPHRASE, Works

from appliance.chip import card_session
from appliance.drivers import secure_access_module
from appliance.faults import FAULTS, FaultCode, Item, Retry
from appliance.kiosk_ui.notices import NOTICES
from appliance.queue import effects
from appliance.records import audit
from appliance.records.moves import open_questions

pytestmark = pytest.mark.daemons

ALL = list(injections())


def test_at_least_forty_faults_are_injected_and_every_other_names_the_test_that_causes_it() -> None:
    assert len({(one.kind, one.code, one.what) for one in ALL}) >= 40
    for one in ALL:
        assert one.code in PLACED[one.kind][one.phase], f"{one} is not in the table"
    left = set(FaultCode) - {one.code for one in ALL} - set(NO_STEP)
    assert left == set(ELSEWHERE)
    for code, (path, word) in ELSEWHERE.items():
        assert word in (Path(__file__).parents[2] / path).read_text(), f"{path} does not cause {code}"
    print("\n".join(["", *(f"  {one.code.value:36} {one.kind:18} {one.phase:7} {one.what}" for one in ALL)]))


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    with Works(tmp_path_factory.mktemp("works")) as works:
        yield works


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    return Books(tmp_path_factory.mktemp("books"))


def item_of(bench: Bench) -> tuple[int, ...]:
    """What has been done to cards and sheets: pages written in the chip, cards and sheets put out."""
    written = 0 if bench.blank is None else bench.blank.pages_written
    return written, bench.works.card_printer.counter, bench.works.sheet_printer.counter


@pytest.mark.parametrize("one", ALL, ids=str)
def test_injected(
    one: Injection, works: Works, books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_session, "EXCHANGE_SECONDS", 1.5)
    monkeypatch.setattr(secure_access_module, "CONNECT_SECONDS", 1.0)

    def patience(seconds: float) -> None:
        for module, name in HURRY:
            monkeypatch.setattr(module, name, seconds)

    patience(one.patience)
    works.mend()
    bench = set_out(works, books, one.kind, tmp_path)
    try:
        kept = bench.kept()
        one.cause(bench)
        item = item_of(bench)
        job = bench.do()

        row = FAULTS[one.code]
        with bench.counter.store.read() as tx:
            (entry,) = audit.newest(tx, "job-fault", 1)
            questions = [question["kind"] for question in open_questions(tx, bench.case)]
        assert one.code.value in str(entry["facts"]), "what was measured stands in the history of faults"
        assert all(NOTICES[language][one.code].remedy for language in ("id", "en"))
        if one.question:
            assert (job.state, job.fault, questions) == ("hold", one.question, [one.question])
            assert row.item is Item.UNKNOWN, "only what nobody can tell about is asked"
        else:
            held = "ready" if row.retry is Retry.AUTO_ONCE else "hold"
            assert (job.state, job.fault, questions) == (held, one.code.value, [])
        assert bench.kept()[: len(kept)] == kept, "nothing that was accepted is lost"
        assert row.item is not Item.UNTOUCHED or item_of(bench) == item, "it was said to be untouched"

        patience(20.0)
        monkeypatch.setattr(secure_access_module, "CONNECT_SECONDS", 20.0)
        works.mend()
        one.mend(bench)
        bench.counter.lent[bench.case] = PASSPHRASE
        if one.ends and not one.question:
            ended = bench.again()
            assert ended.state == "done", ended.fault
            with bench.counter.store.read() as tx:
                acts = [act for act in effects.of_case(tx, bench.case) if one.kind.split("-")[0] in act.token]
            assert {act.state for act in acts} <= {"done", "failed"}, "nothing is left open"
            if one.kind in {"print-kk", "print-card"}:
                assert sum(item_of(bench)[1:]) == sum(item[1:]) + 1, "it came out, and once"
            if one.kind == "capture-thumb":
                marks = [state for kind, _, state, _ in bench.kept() if kind == "signature"]
                assert marks == ["accepted"], "the thumb stands for the signature, and once"
    finally:
        bench.counter.store.close()
        if bench.pad is not None:
            bench.pad.stop()
        works.clear_away()
