"""The technician's page of the program: what it shows of releases and of a stick, and what it orders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, open_office, post, sign_in
from updates import Field, Maker

from appliance.casework.roles import Role
from appliance.config import Update
from appliance.diagnostics.updating import Order, obey, read_order
from appliance.office.updates import BUSY, UNSETTLED, note_outcome
from appliance.queue import effects, jobs
from appliance.records import audit

PAGE = "/teknisi/pembaruan"


@dataclass
class Shop:
    """A machine, its office and its maker."""

    field: Field
    maker: Maker
    place: FrontOffice
    client: FlaskClient

    @property
    def order(self) -> Order | None:
        return read_order(self.place.office.settings.data_dir / "update" / "order.json")

    def press(self, **values: str) -> int:
        return post(self.client, PAGE, PAGE, **values).status_code


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    (tmp_path / "maker").mkdir()
    maker = Maker(tmp_path / "maker")
    field = Field(tmp_path / "opt", tmp_path / "stick", maker.public)
    key = tmp_path / "update.pem"
    key.write_bytes(maker.public)
    place = open_office(tmp_path / "office", (Role.TEKNISI, Role.KASI), update=Update(field.root, key, field.stick))
    client = place.app("technician").test_client()
    sign_in(client, Role.TEKNISI, "teknisi")
    yield Shop(field, maker, place, client)
    place.office.store.close()


def test_it_tells_what_runs_what_is_kept_and_what_a_stick_brings(shop: Shop) -> None:
    shop.maker.pack(shop.field.stick / "baru.siaga", "0.2.0")
    shop.maker.pack(shop.field.stick / "sama.siaga", "0.1.0")
    (shop.field.stick / "rusak.siaga").write_bytes(b"PK")
    (shop.field.stick / "surat.pdf").write_bytes(b"%PDF")
    page = shop.client.get(PAGE).text
    assert 'data-release="0.1.0"' in page and 'data-release="0.0.9"' in page and "berjalan" in page
    assert 'data-brought="baru.siaga" data-why=""' in page and "Pasang 0.2.0" in page
    assert 'data-brought="sama.siaga" data-why="there-already"' in page
    assert 'data-brought="rusak.siaga" data-why="unreadable"' in page and "surat.pdf" not in page
    assert "Kembali ke" not in page, "nothing ran before it"


def test_a_press_orders_and_the_page_says_how_it_ended(shop: Shop) -> None:
    shop.maker.pack(shop.field.stick / "baru.siaga", "0.2.0")
    assert shop.press(do="install", file="baru.siaga") == 303
    order = shop.order
    assert order is not None and (order.do, order.file) == ("install", "baru.siaga")
    page = shop.client.get(PAGE).text
    assert 'data-order="waits"' in page and "Pasang 0.2.0" not in page, "once is enough"
    assert obey(shop.field.machine(), order)
    page = shop.client.get(PAGE).text
    assert 'data-order="done"' in page and "Kembali ke 0.1.0" in page
    assert shop.press(do="rollback") == 303
    shop.field.sick = {"0.1.0"}
    assert obey(shop.field.machine(), shop.order)
    page = shop.client.get(PAGE).text
    assert 'data-order="failed"' in page and "sudah kembali ke program sebelumnya" in page
    with shop.place.office.store.read() as tx:
        facts = [json.loads(str(one["facts"])) for one in audit.newest(tx, "update-order-init", 9)]
    assert [(one["do"], one["file"]) for one in facts] == [("rollback", ""), ("install", "baru.siaga")]


def test_nothing_is_ordered_while_work_is_in_hand_or_unsettled(shop: Shop) -> None:
    store = shop.place.office.store
    with store.write() as tx:
        jobs.put(tx, "encoder", "encode", "encode:1", card="A001")
    job = jobs.claim(store, "encoder", "me")
    assert job is not None
    answer = post(shop.client, PAGE, PAGE, do="rollback")
    assert answer.status_code == 422 and BUSY in answer.text
    with store.write() as tx:
        jobs.finish(tx, job)
    effects.intend(store, "print:1", "card_printer", "0" * 64)
    answer = post(shop.client, PAGE, PAGE, do="rollback")
    assert answer.status_code == 422 and UNSETTLED in answer.text
    assert shop.order is None


def test_words_that_are_no_order_are_refused(shop: Shop) -> None:
    assert shop.press(do="format") == 422 and shop.press() == 422
    assert shop.order is None


def test_an_outcome_goes_into_the_audit_log_once(shop: Shop) -> None:
    for _ in range(2):
        note_outcome(shop.place.office, "o-1", True, "", "0.2.0")
    note_outcome(shop.place.office, "o-2", False, "unwell", "0.2.0")
    with shop.place.office.store.read() as tx:
        assert len(audit.newest(tx, "update-order-complete", 9)) == 1
        (refused,) = audit.newest(tx, "update-order-refused", 9)
    assert json.loads(str(refused["facts"]))["why"] == "unwell"
