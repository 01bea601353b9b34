"""Whatever bytes a device, a library or an office sends: a value or a refusal, at once, and no memory to speak of.

One table for all of them (`*_rows.py` here). The last tests walk the packages: a function
that takes bytes has a row, or a reason here why it needs none.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from property import (
    card_rows,
    code_rows,
    device_rows,
    office_rows,
    picture_rows,
    printing_rows,
    scanner_rows,
    template_rows,
    update_rows,
)
from property.hostile import Row, damaged, large, name_of, peak, put, reached, samples_of

APPLIANCE = Path(__file__).parents[2] / "appliance"
_SENT = "makes bytes for the other side out of our own"
_PASSED = "passes bytes on unread; what comes back is read by a parser with a row"
_VEIL = "looks at one letter and the length, of what `tests/unit/test_wire_log_veils.py` puts"
_PARENT = "the child's side: nobody but its own parent writes to it"
_ENGINE = (
    "native code with its limits in a killable child; `png_size` stands before it (tests/unit/test_finger_engines.py)"
)
REASONS = {
    "biometrics.child:PictureChild.ask": _PASSED,
    "biometrics.engine:FingerEngine.cause": _PASSED,
    "biometrics.engine:FingerEngine.cut": _PASSED,
    "biometrics.engine:FingerEngine.extract": _PASSED,
    "biometrics.engine:FingerEngine.mark": _PASSED,
    "biometrics.engine:FingerEngine.picture_of_wsq": _PASSED,
    "biometrics.engine:FingerEngine.recognise": _PASSED,
    "biometrics.engine:FingerEngine.search": _PASSED,
    "biometrics.engine:PortraitEngine.examine": _PASSED,
    "biometrics.engine:PortraitEngine.redraw": _PASSED,
    "biometrics.framing:pack": _SENT,
    "biometrics.framing:serve": _PARENT,
    "biometrics.framing:write_all": _SENT,
    "biometrics.finger_port:Engine.extract": _ENGINE,
    "biometrics.finger_port:Engine.quality": _ENGINE,
    "biometrics.nbis_bridge:NbisEngine.extract": _ENGINE,
    "biometrics.nbis_bridge:NbisEngine.quality": _ENGINE,
    "biometrics.nbis_bridge:bridge_2011": _ENGINE,
    "biometrics.shortlist:shortlist": "card forms that `compact.write` made here",
    "biometrics.worker": "the WSQ codec, native code in a killable child; `check_wsq`, which has a row, is before it",
    "biometrics.worker:answer": _PARENT,
    "central.centre:HttpCentre.enrol": _SENT,
    "central.centre:HttpCentre.report_card": _SENT,
    "central.http:OfficeClient.send_form": _PASSED,
    "central.paper_seal:KnownOffices.from_pem": "certificates of the configuration",
    "central.paper_seal:KnownOffices.names": "the id of our own key",
    "central.paper_seal:PaperKey.from_pem": "a key of the configuration",
    "central.paper_seal:PaperKey.sign": _SENT,
    "central.token_signer": "certificates of the office's own token, put there by whoever keeps it",
    "central.token_signer:Token.sign": _PASSED,
    "chip.card_session:CardSession.put_keys": _SENT,
    "chip.card_session:CardSession.takes": "`CardSession.ask`, which has a row",
    "chip.card_session:CardSession.update": _SENT,
    "chip.condition:terminate": "asks with functions that have a row, and reads nothing else",
    "chip.lock:try_without_keys": "asks with functions that have a row, and reads nothing else",
    "chip.plan:Plan.chunks": _SENT,
    "chip.plan:make_plan": "files of a packet that was opened: sizes and names, never their content",
    "chip.reading:Reading.name_files": "gives files a name and reads none of them",
    "chip.verifier:verify_card": "`read_card` and `judge`, which have a row",
    "drivers.camera_child:hidden_in_reply": _VEIL,
    "drivers.camera_service:answer": _PARENT,
    "drivers.card_secrets:hidden_in_reply": _SENT,
    "drivers.card_secrets:hidden_in_request": _SENT,
    "drivers.catalogue:open_device": "certificates of the configuration",
    "drivers.pkcs11_signing_token:SigningToken.sign": _PASSED,
    "drivers.transport_pkcs11:Pkcs11Token.sign": _PASSED,
    "drivers.framed_child:FramedChild.ask": "`read_reply`, which has a row",
    "drivers.framed_service": _PARENT,
    "drivers.framed_service:serve": _PARENT,
    "drivers.nb1010_scanner:opened_of": _VEIL,
    "drivers.sbi:from_uri": "certificates of the configuration",
    "drivers.shared_glass:SharedGlass.pictures": "hands on what a driver, which has a row, has made of the bytes",
    "drivers.shared_glass:SharedGlass.show": "hands on what a driver, which has a row, has made of the bytes",
    "drivers.transport_cups_child": _PARENT,
    "drivers.transport_evolis:EvolisLink.begin": _SENT,
    "drivers.transport_evolis_child": _PARENT,
    "drivers.transport_evolis_child:Printer.begin": _PARENT,
    "drivers.transport_serial:SerialLine.write": _SENT,
    "drivers.transport_libfprint:hidden_in_reply": _VEIL,
    "drivers.transport_libfprint_child": _PARENT,
    "drivers.transport_pkcs11:hidden_in_reply": _VEIL,
    "drivers.transport_pkcs11:hidden_in_request": _SENT,
    "drivers.transport_usb_child": _PARENT,
    "drivers.wire_log:no_tap": "does nothing",
    "drivers.wire_log:veiled": "takes rules about bytes, and none",
    "drivers.zfm:hidden_in_command": _SENT,
    "drivers.zfm:packet": _SENT,
    "drivers.tiers": "a file of our own package",
}
TABLES = (
    device_rows,
    picture_rows,
    scanner_rows,
    printing_rows,
    card_rows,
    code_rows,
    office_rows,
    template_rows,
    update_rows,
)
ROWS = tuple(row for table in TABLES for row in table.ROWS)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
TIMELESS = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)

FUZZ = int(os.environ.get("SIAGA_FUZZ", "0"))
"""0: the same bytes in every run, so that a change is judged by itself; `make fuzz` takes new ones, and many more."""


def chosen(row: Row) -> settings:
    """How many bytes of the row are tried, and which."""
    return settings(
        max_examples=row.examples * max(1, FUZZ),
        derandomize=not FUZZ,
        deadline=None,
        phases=PHASES,
        suppress_health_check=TIMELESS,
        database=None,
    )


every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))


@every_row
def test_any_bytes_are_a_value_or_a_refusal(row: Row) -> None:
    @chosen(row)
    @given(st.binary(max_size=120))
    def any_bytes(data: bytes) -> None:
        put(row, data)

    any_bytes()


@every_row
def test_damaged_bytes_are_a_value_or_a_refusal(row: Row) -> None:
    samples = samples_of(row)  # made before anybody counts seconds
    for sample in samples:
        put(row, sample)

    @chosen(row)
    @given(damaged(row))
    def damaged_bytes(data: bytes) -> None:
        put(row, data)

    damaged_bytes()


@every_row
def test_much_of_it_takes_no_memory_to_speak_of(row: Row) -> None:
    for sample in samples_of(row):
        put(row, sample)  # what is loaded at first use is not the input's
    for data in large(row):
        held = peak(row, data)
        assert held <= row.holds * len(data) + row.beside, f"{held} bytes for {len(data)}"


@every_row
def test_good_bytes_reach_what_the_row_says(row: Row) -> None:
    ran = set[object]()
    for sample in samples_of(row):
        ran |= reached(row, sample)
    missed = [name_of(one) for one in row.works if one.__code__ not in ran]  # type: ignore[attr-defined]
    assert not missed


def test_rows_have_names_of_their_own() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)


# -- nobody is left out ----------------------------------------------------------------------------------

PACKAGES = ("drivers", "biometrics", "chip", "central")
DECODERS = {
    "json.loads",
    "tomllib.loads",
    "struct.unpack",
    "struct.unpack_from",
    "int.from_bytes",
    "base64.b64decode",
    "base64.urlsafe_b64decode",
    "Image.open",
    "x509.load_der_x509_certificate",
    "load_der_public_key",
}
BYTES = {"bytes", "bytearray", "memoryview"}


def _takes_bytes(function: ast.FunctionDef) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = (
        node.id
        for one in arguments
        if one.annotation
        for node in ast.walk(one.annotation)
        if isinstance(node, ast.Name)
    )
    return bool(BYTES & set(named))


def _parsers_of(tree: ast.Module) -> Iterator[str]:
    """Public functions, and public methods of public classes, that take bytes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _takes_bytes(node):
            yield node.name
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for one in node.body:
                if isinstance(one, ast.FunctionDef) and not one.name.startswith("_") and _takes_bytes(one):
                    yield f"{node.name}.{one.name}"


def _decodes(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Call) and ast.unparse(node.func) in DECODERS for node in ast.walk(tree))


def _found() -> tuple[set[str], set[str]]:
    """Every function that takes bytes, and every module that decodes some."""
    functions, modules = set(), set()
    for package in PACKAGES:
        for path in sorted((APPLIANCE / package).glob("*.py")):
            tree, module = ast.parse(path.read_text(encoding="utf-8")), f"{package}.{path.stem}"
            functions |= {f"{module}:{name}" for name in _parsers_of(tree)}
            if _decodes(tree):
                modules.add(module)
    return functions, modules


def test_every_function_that_takes_bytes_has_a_row_or_a_reason() -> None:
    rowed = {name_of(one) for row in ROWS for one in row.works}
    functions, _ = _found()
    assert sorted(functions - rowed - REASONS.keys()) == []
    assert sorted(REASONS.keys() & rowed) == [], "a reason for what has a row"
    assert sorted(name for name in REASONS if ":" in name and name not in functions) == [], "a reason for nothing"


def test_every_module_that_decodes_has_a_row_or_a_reason() -> None:
    rowed = {name_of(one).partition(":")[0] for row in ROWS for one in row.works}
    _, modules = _found()
    assert sorted(modules - rowed - REASONS.keys()) == []
    assert sorted(name for name in REASONS if ":" not in name and name not in modules - rowed) == []


def test_the_walk_sees_what_it_should() -> None:
    tree = ast.parse(
        "def a(x: bytes): ...\nclass B:\n def c(self, y: list[bytes]): ...\n def _d(self, y: bytes): ..."
    )
    assert list(_parsers_of(tree)) == ["a", "B.c"]
    functions, modules = _found()
    assert {"drivers.ipp:answer", "chip.tlv:element", "drivers.zfm:PacketReader.feed"} <= functions
    assert {"drivers.ipp", "central.http", "chip.verifier"} <= modules
