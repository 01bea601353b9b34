"""The parts that several processes have: store, vault, office, devices."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from appliance.app.places import passphrase_path
from appliance.central.paper_seal import KnownOffices, PaperKey
from appliance.clock import utc_millis
from appliance.config import ConfigError, Settings
from appliance.devices import Device
from appliance.drivers.catalogue import open_device
from appliance.drivers.refused_pins import RefusedPins
from appliance.drivers.wire_log import Tap, WireLog, no_tap
from appliance.issuance.rack import ABSENT, Undriven
from appliance.office.context import Office
from appliance.queue import wake
from appliance.queue.passphrase import lend
from appliance.records import course
from appliance.records.postgres import PostgresServer
from appliance.records.restore import open_checked
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Database, Store, StoreError, derive_key
from appliance.records.vault import Vault


def master_key(settings: Settings) -> bytes:
    """The appliance's key: 32 bytes as 64 hexadecimal digits in `key_file`; raises `StoreError` if it is not that."""
    try:
        key = bytes.fromhex(settings.key_file.read_text().strip())
    except ValueError as error:
        raise StoreError("key_file does not hold 64 hexadecimal digits") from error
    except OSError as error:
        raise StoreError(f"key_file cannot be read: {error.strerror}") from error
    if len(key) != 32:
        raise StoreError("key_file does not hold 64 hexadecimal digits")
    return key


def open_store(settings: Settings) -> tuple[Store, Vault]:
    """The database and the vault, each under a key of its own derived from the appliance's."""
    os.umask(0o077)
    store = Store(_database(settings), utc_millis)
    return store, Vault(settings.data_dir / "vault", derive_key(master_key(settings), "vault"))


def _database(settings: Settings) -> Database:
    if settings.database:
        return PostgresServer(settings.database, settings.data_dir)
    return SqlcipherFile(database_path(settings), database_key(settings))


def database_path(settings: Settings) -> Path:
    """Where the database lies, if it is a file."""
    return settings.data_dir / "siaga.db"


def database_key(settings: Settings) -> bytes:
    """The key of the database and of its copies."""
    return derive_key(master_key(settings), "database")


def open_books(settings: Settings) -> tuple[Store, Vault]:
    """As `open_store`, for the processes that work on it: the first of them looks at every page of a file, and the
    last good copy takes the place of a torn one; a server does as much for its own."""
    if settings.database:
        store, vault = open_store(settings)
        if store.course is not None:
            course.look(store, store.course)
        return store, vault
    os.umask(0o077)
    path = database_path(settings)
    store = open_checked(path, database_key(settings), utc_millis, settings.copies)
    return store, Vault(settings.data_dir / "vault", derive_key(master_key(settings), "vault"))


def content(path: Path | None) -> bytes:
    """A configured file, or nothing where none is configured."""
    return path.read_bytes() if path is not None else b""


def sealing(settings: Settings) -> tuple[PaperKey | None, KnownOffices]:
    """This office's paper key, None where it has none, and the offices whose seals it believes.

    Raises `ConfigError` naming each file that is not what it should be.
    """
    mistakes: list[str] = []
    key, known = None, KnownOffices()
    try:
        if settings.paper_key_file is not None:
            key = PaperKey.from_pem(settings.paper_key_file.read_bytes())
    except (ValueError, OSError) as error:
        mistakes.append(f"paper_key_file: {_why(error)}")
    try:
        known = KnownOffices.from_pem(content(settings.trust.papers))
    except (ValueError, OSError) as error:
        mistakes.append(f"trust.papers: {_why(error)}")
    if mistakes:
        raise ConfigError(settings.source, tuple(mistakes))
    return key, known


def _why(error: ValueError | OSError) -> str:
    return f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)


def devices_of(settings: Settings) -> dict[str, Device]:
    """The configured devices, each with its driver; nothing is opened.

    One whose driver or library is missing here, or whose URI its driver does not understand, is down in words.
    """
    log = WireLog(settings.wire_log) if settings.wire_log is not None else None
    return {
        name: _driven(settings, name, uri, log.tap(name) if log is not None else no_tap)
        for name, uri in settings.devices.items()
    }


def _driven(settings: Settings, name: str, uri: str, tap: Tap) -> Device:
    pin, refused = "", None
    if settings.sam_pin_file is not None:
        pin = settings.sam_pin_file.read_text().strip()
        refused = RefusedPins(settings.data_dir / "refused-pins", derive_key(master_key(settings), "refused pins"))
    try:
        roots = content(settings.trust.scanner)
        return open_device(name, uri, sam_pin=pin, refused_pins=refused, scanner_roots=roots, tap=tap)
    except (ValueError, ImportError) as error:
        return Undriven(ABSENT[name], str(error))


def office_of(settings: Settings, store: Store, vault: Vault, everybody: wake.Caller) -> Office:
    """The office behind the counter, as faces and commands use it; `everybody` is woken when there is work."""
    return Office(
        store=store,
        vault=vault,
        ledger_key=derive_key(master_key(settings), "ledger"),
        settings=settings,
        clock=utc_millis,
        wake=everybody,
        lend_passphrase=functools.partial(lend, passphrase_path(settings)),
    )
