"""Both IPP codecs: what one side writes the other reads, and torn bytes are refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from appliance.drivers import ipp as client
from hw_sim import ipp as server
from hw_sim.ipp import Attribute, Malformed, Message, Tag, of

NAMES = some.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20)
NUMBERS = some.integers(-(2**31), 2**31 - 1)
TEXTS = some.text(max_size=30).filter(lambda text: len(text.encode()) < 1000)
SIMPLE = some.one_of(
    some.lists(NUMBERS, min_size=1, max_size=4).map(lambda values: of(Tag.INTEGER, *values)),
    some.lists(some.booleans(), min_size=1, max_size=3).map(lambda values: of(Tag.BOOLEAN, *values)),
    some.lists(TEXTS, min_size=1, max_size=4).map(lambda values: of(Tag.KEYWORD, *values)),
    some.binary(max_size=20).map(lambda value: of(Tag.OCTETS, value)),
)
WHOLE = some.one_of(
    SIMPLE,
    some.tuples(NUMBERS, NUMBERS).map(lambda value: of(Tag.RANGE, value)),
    some.just(of(Tag.RESOLUTION, (300, 300, 3))),
    some.recursive(
        some.dictionaries(NAMES, SIMPLE, max_size=3).map(lambda members: of(Tag.COLLECTION, members)),
        lambda inner: some.dictionaries(NAMES, inner, max_size=3).map(lambda members: of(Tag.COLLECTION, members)),
        max_leaves=4,
    ),
)
GROUPS = some.lists(
    some.tuples(some.sampled_from([1, 2, 4, 5]), some.dictionaries(NAMES, WHOLE, max_size=5)), max_size=3
).map(tuple)
few = settings(max_examples=80, deadline=None)


@few
@given(GROUPS, some.integers(0, 0x7FFF), some.integers(1, 2**31 - 1), some.binary(max_size=50))
def test_a_message_survives_its_bytes(groups: tuple[server.Group, ...], code: int, number: int, data: bytes) -> None:
    message = Message(code, number, groups, data=data)
    assert server.decode(server.encode(message)) == message


@few
@given(GROUPS, some.integers(0, 0x7FFF))
def test_the_appliance_reads_what_a_printer_writes(groups: tuple[server.Group, ...], code: int) -> None:
    answer = client.answer(server.encode(Message(code, 1, groups)))
    assert answer.status == code
    flat = [
        (tag, {name: value.values for name, value in attributes.items() if value.tag in (0x21, 0x22, 0x44, 0x30)})
        for tag, attributes in groups
    ]
    seen = [
        (tag, {name: values for name, values in attributes.items() if groups[index][1][name].tag not in (0x32, 0x33)})
        for index, (tag, attributes) in enumerate(answer.groups)
    ]
    assert seen == flat


@few
@given(
    some.lists(some.tuples(some.just(client.KEYWORD), NAMES, some.lists(TEXTS, min_size=1, max_size=4))),
    some.lists(some.tuples(some.just(client.INTEGER), NAMES, NUMBERS), min_size=1),
)
def test_a_printer_reads_what_the_appliance_writes(
    fields: list[client.Field], job_fields: list[client.Field]
) -> None:
    read = server.decode(client.request(client.GET_JOBS, 7, fields, job_fields) + b"document")
    assert (read.code, read.request_id, read.data) == (client.GET_JOBS, 7, b"document")
    assert [tag for tag, _ in read.groups] == [Tag.OPERATION, Tag.JOB]
    operation = read.groups[0][1]
    assert list(operation)[:2] == ["attributes-charset", "attributes-natural-language"]
    assert {name: list(operation[name].values) for _, name, _ in fields} == {name: v for _, name, v in fields}
    assert {name: operation_value.first for name, operation_value in read.groups[1][1].items()} == {
        name: value for _, name, value in job_fields
    }


def _torn(data: bytes) -> list[bytes]:
    return [data[:length] for length in range(len(data))]


SAMPLE = server.encode(
    Message(0, 1, ((Tag.JOB, {"job-id": of(Tag.INTEGER, 5), "c": of(Tag.COLLECTION, {"x": of(Tag.NAME, "y")})}),))
)


@pytest.mark.parametrize("data", _torn(SAMPLE))
def test_torn_bytes_are_refused_by_both(data: bytes) -> None:
    with pytest.raises(Malformed):
        server.decode(data if len(data) >= 8 else b"")
    with pytest.raises(client.IppError):
        client.answer(data)


@few
@given(some.binary(max_size=200))
def test_garbage_never_breaks_the_printers_codec(data: bytes) -> None:
    try:
        server.decode(data)
    except Malformed:
        return


def test_names_with_a_language_are_read() -> None:
    value = (2).to_bytes(2, "big") + b"id" + (4).to_bytes(2, "big") + b"Budi"
    data = server.encode(Message(0, 1, ((Tag.JOB, {"job-name": Attribute(0x36, (value,))}),)))
    assert client.answer(data).of(client.JOB_GROUP) == [{"job-name": ("Budi",)}]
