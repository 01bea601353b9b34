"""The appliance's settings: one TOML file into frozen values; every mistake is reported at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

DEVICES = (
    "chip_encoder",
    "secure_access_module",
    "card_printer",
    "document_printer",
    "fingerprint_scanner",
    "camera",
    "signature_pad",
    "receipt_printer",
    "barcode_reader",
    "signal_light",
    "power_supply",
)
"""The devices an appliance may have; each is a URI in `[devices]` or absent."""

OPTIONAL = frozenset({"receipt_printer", "barcode_reader", "signal_light", "power_supply"})
"""What no step of the procedure needs: without it the machine works on, with limits that are said in words."""

SCHEMES = frozenset(
    {
        "browser",
        "evolis",
        "fprint",
        "gpio",
        "ipp",
        "mjpeg+http",
        "nut",
        "pcsc",
        "picamera",
        "pkcs11",
        "sbi",
        "serial",
        "sysfs",
        "usb",
        "v4l2",
    }
)
FACES = ("resident", "officer", "technician")
SOP_PROFILES = ("sop", "national")
ESIGN_APIS = ("v1", "v2")


class ConfigError(ValueError):
    """The configuration cannot be used; `mistakes` names each one by its key."""

    def __init__(self, source: str, mistakes: tuple[str, ...]) -> None:
        super().__init__(f"{source}: " + "; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Office:
    """The civil-registry office as it stands on documents."""

    name: str
    city: str
    province: str
    region: str
    head_name: str
    head_nip: str
    head_nik: str


@dataclass(frozen=True, slots=True)
class Central:
    """Where the outside offices answer; None means that this office works in manual mode.

    `esign` is the address of a service of version `esign_api`, or a token (`pkcs11:token=LABEL?module-path=FILE`).
    `data_access` is the registry's data service with agency and client, asked `data_quota` times a day at most.
    """

    siak: str | None
    centre: str | None
    esign: str | None
    credentials: Path | None
    esign_api: str = "v2"
    data_access: str | None = None
    data_quota: int = 1000


@dataclass(frozen=True, slots=True)
class Trust:
    """Pinned roots, PEM files: document signers of the chip, personalisation packets, e-sign, scanner vendors;
    and the certificates of the offices whose seals on family cards are believed (`papers`)."""

    chip: Path | None
    packet: Path | None
    esign: Path | None
    scanner: Path | None
    papers: Path | None = None


@dataclass(frozen=True, slots=True)
class Backup:
    """Where copies of the database go (None: `copies` below the data folder) and how often at least, in minutes."""

    folder: Path | None = None
    minutes: int = 15


@dataclass(frozen=True, slots=True)
class Update:
    """Where the installed programs lie, the maker's public key (a PEM file; without it none is installed), and the
    folder at which a stick with updates is found."""

    root: Path = Path("/opt/siaga")
    key: Path | None = None
    stick: Path = Path("/media/siaga")


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each class of personal data is kept: whole days after the end of its case, for biometrics also after
    the centre's last word. What belongs to which class: `casework.retention`. `torn` is of a torn database set
    aside, after that day."""

    raw: int = 7
    biometrics: int = 30
    scans: int = 365
    documents: int = 365
    personal: int = 5 * 365
    minutes: int = 10 * 365
    torn: int = 30

    @property
    def days(self) -> Mapping[str, int]:
        """The limits by class, and `torn`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Papers:
    """What counts as a requirement paper in hand: with a readable picture (`scans`), with the data that its kind
    carries (`details`). A letter older than `oldest_months` is warned of; 0 warns of none."""

    scans: bool = True
    details: bool = True
    oldest_months: int = 6


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the appliance is told from outside.

    `listen` maps each face to host:port. `specimen` accepts the invented numbers of province 99 and marks
    every document SPECIMEN. `sop_profile` is `sop` (the SOP's own minimum of papers) or `national`.
    `wire_log` is where everything that goes over a device's wire is written down; only for a specimen appliance.
    `finger_engine` names an installed engine. `database` is the URL of a PostgreSQL database, empty for the encrypted
    file in `data_dir`. `languages` are those a resident may choose among, by their codes; Indonesian comes first.
    `paper_key_file` is the private key (PEM, P-256) that seals family cards' codes; without it they have no seal.
    `source` is the file that all this was read from.
    """

    data_dir: Path
    specimen: bool
    sop_profile: str
    listen: Mapping[str, str]
    devices: Mapping[str, str]
    office: Office
    central: Central
    trust: Trust
    key_file: Path
    sam_pin_file: Path | None
    wire_log: Path | None = None
    backup: Backup = Backup()
    finger_engine: str = "nbis"
    retention: Retention = Retention()
    papers: Papers = Papers()
    database: str = ""
    languages: tuple[str, ...] = ("id", "en")
    update: Update = Update()
    paper_key_file: Path | None = None
    source: str = field(default="", compare=False)

    @property
    def copies(self) -> Path:
        """The folder of the copies of the database."""
        return self.backup.folder or self.data_dir / "copies"

    @property
    def printer_moves_cards(self) -> bool:
        """Whether the card printer has the chip encoder inside and brings cards there (`?encoder=` in its URI)."""
        return "encoder=" in self.devices.get("card_printer", "").partition("?")[2]


class _Reader:
    """Takes typed values out of a table and remembers what was wrong."""

    def __init__(self, table: Mapping[str, object], mistakes: list[str], prefix: str = "") -> None:
        self._table = dict(table)
        self._mistakes = mistakes
        self._prefix = prefix

    def section(self, key: str) -> _Reader:
        value = self._table.pop(key, {})
        if not isinstance(value, dict):
            self._mistakes.append(f"{self._prefix}{key}: must be a table")
            value = {}
        return _Reader(value, self._mistakes, f"{self._prefix}{key}.")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._table.pop(key, default)
        if value is None:
            self._mistakes.append(f"{self._prefix}{key}: missing")
            return ""
        if not isinstance(value, str) or not value:
            self._mistakes.append(f"{self._prefix}{key}: must be a text that is not empty")
            return ""
        return value

    def optional(self, key: str) -> str | None:
        return self.text(key) if key in self._table else None

    def flag(self, key: str, default: bool) -> bool:
        value = self._table.pop(key, default)
        if not isinstance(value, bool):
            self._mistakes.append(f"{self._prefix}{key}: must be true or false")
            return default
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self._table.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._mistakes.append(f"{self._prefix}{key}: must be a whole number from {least} to {most}")
            return default
        return value

    def one_of(self, key: str, default: str, known: tuple[str, ...]) -> str:
        value = self.text(key, default)
        if value and value not in known:
            self.wrong(key, f"must be one of {', '.join(known)}")
        return value

    def codes(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._table.pop(key, list(default))
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._mistakes.append(f"{self._prefix}{key}: must be a list of texts")
            return default
        return tuple(value)

    def begins(self, key: str, start: str) -> bool:
        return str(self._table.get(key, "")).startswith(start)

    def file(self, key: str) -> Path | None:
        name = self.optional(key)
        if name is None:
            return None
        if name and not Path(name).is_file():
            self._mistakes.append(f"{self._prefix}{key}: no file at {name}")
        return Path(name)

    def wrong(self, key: str, why: str) -> None:
        self._mistakes.append(f"{self._prefix}{key}: {why}")

    def done(self) -> None:
        self._mistakes.extend(f"{self._prefix}{key}: not a setting" for key in sorted(self._table))


def _languages(root: _Reader) -> tuple[str, ...]:
    found = root.codes("languages", ("id", "en"))
    if found[:1] != ("id",) or len(set(found)) != len(found):
        root.wrong("languages", 'must be "id" first and none twice')
    return found


def _listen(reader: _Reader) -> dict[str, str]:
    addresses = {}
    for face in FACES:
        address = reader.optional(face)
        if address is None:
            continue
        host, _, port = address.rpartition(":")
        if address and (not host or not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65536):
            reader.wrong(face, "must be host:port")
        addresses[face] = address
    if not addresses:
        reader.wrong("resident", "at least one face must have an address")
    reader.done()
    return addresses


def _devices(reader: _Reader) -> dict[str, str]:
    devices = {}
    for device in DEVICES:
        uri = reader.optional(device)
        if not uri:
            continue
        scheme, colon, _ = uri.partition(":")
        if not colon or scheme not in SCHEMES:
            reader.wrong(device, f"no driver for {scheme}: (known: {', '.join(sorted(SCHEMES))})")
        devices[device] = uri
    reader.done()
    return devices


def _url(reader: _Reader, key: str) -> str | None:
    url = reader.optional(key)
    try:
        good = not url or (urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname))
    except ValueError:  # half an IPv6 address
        good = False
    if not good:
        reader.wrong(key, "must be an http or https address")
    return url


def _data_access(reader: _Reader) -> str | None:
    """Account and NIKs stand in the request's body: never over an open line, but to this machine itself."""
    url = _url(reader, "data_access")
    try:
        address = urlsplit(url or "")
        open_line = address.scheme == "http" and address.hostname not in {"127.0.0.1", "::1", "localhost"}
    except ValueError:
        return url
    if open_line:
        reader.wrong("data_access", "must be an https address")
    return url


def _signer(reader: _Reader) -> str | None:
    if not reader.begins("esign", "pkcs11:"):
        return _url(reader, "esign")
    token = reader.optional("esign") or ""
    if not re.fullmatch(r"pkcs11:token=[^?;]+\?module-path=/.+", token):
        reader.wrong("esign", "a token must be pkcs11:token=LABEL?module-path=/path/of/the/module.so")
    return token


_DATABASE_WORDS = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"})


def _database(reader: _Reader) -> str:
    """A URL with no secret in it: a Unix socket, where the kernel says who asks, or TLS with a certificate each."""
    url = reader.optional("database") or ""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        said = parse_qsl(parts.query, keep_blank_values=True)
        secret, named, _ = parts.password, parts.hostname, parts.port
    except ValueError as error:
        reader.wrong("database", f"not an address: {error}")
        return ""
    words = dict(said)
    hosts = [named] * bool(named) + [value for word, value in said if word == "host"]
    if (
        parts.scheme != "postgresql+psycopg"
        or parts.fragment
        or not re.fullmatch("/[a-z_][a-z0-9_]{0,62}", parts.path)
    ):
        reader.wrong("database", "must be postgresql+psycopg://ROLE@/NAME?host=/run/postgresql")
    elif secret is not None or not set(words) <= _DATABASE_WORDS:
        reader.wrong("database", f"may say nothing but {', '.join(sorted(_DATABASE_WORDS))}, and no password")
    elif len(hosts) != 1 or not hosts[0] or "," in hosts[0]:
        reader.wrong("database", "needs one host=, the folder of the server's socket or its name")
    elif not hosts[0].startswith("/") and not (
        words.get("sslmode") == "verify-full" and {"sslrootcert", "sslcert", "sslkey"} <= set(words)
    ):
        reader.wrong("database", "over a network needs sslmode=verify-full, sslrootcert, sslcert and sslkey")
    return url


def _backup(reader: _Reader) -> Backup:
    folder = reader.optional("folder")
    minutes = reader.number("minutes", 15, 1, 24 * 60)
    # A medium that is not plugged in yet is no mistake: copies are asked for again, and the technician is told.
    reader.done()
    return Backup(Path(folder) if folder else None, minutes)


def _update(reader: _Reader) -> Update:
    usual = Update()
    found = Update(
        root=Path(reader.text("root", str(usual.root))),
        key=reader.file("key"),
        stick=Path(reader.text("stick", str(usual.stick))),
    )
    for name in ("root", "stick"):
        if not getattr(found, name).is_absolute():
            reader.wrong(name, "must be a whole path")
    reader.done()
    return found


MOST_DAYS = 100 * 365


def _retention(reader: _Reader) -> Retention:
    plain = asdict(Retention())
    days = {name: reader.number(f"{name}_days", least, 0, MOST_DAYS) for name, least in plain.items()}
    if days["raw"] > days["biometrics"]:
        reader.wrong("raw_days", "must not be more than biometrics_days")
    reader.done()
    return Retention(**days)


def _papers(reader: _Reader) -> Papers:
    usual = Papers()
    papers = Papers(
        scans=reader.flag("scans", usual.scans),
        details=reader.flag("details", usual.details),
        oldest_months=reader.number("oldest_months", usual.oldest_months, 0, 120),
    )
    reader.done()
    return papers


def parse(text: str, source: str = "config") -> Settings:
    """Settings from TOML text; raises `ConfigError` naming every mistake."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(source, (f"not TOML: {error}",)) from error
    mistakes: list[str] = []
    root = _Reader(table, mistakes)
    office = root.section("office")
    central = root.section("central")
    trust = root.section("trust")
    profile = root.one_of("sop_profile", "sop", SOP_PROFILES)
    settings = Settings(
        data_dir=Path(root.text("data_dir")),
        specimen=root.flag("specimen", False),
        sop_profile=profile,
        listen=_listen(root.section("listen")),
        devices=_devices(root.section("devices")),
        office=Office(
            name=office.text("name"),
            city=office.text("city"),
            province=office.text("province"),
            region=office.text("region"),
            head_name=office.text("head_name"),
            head_nip=office.text("head_nip"),
            head_nik=office.text("head_nik"),
        ),
        central=Central(
            siak=_url(central, "siak"),
            centre=_url(central, "centre"),
            esign=_signer(central),
            credentials=central.file("credentials"),
            esign_api=central.one_of("esign_api", "v2", ESIGN_APIS),
            data_access=_data_access(central),
            data_quota=central.number("data_quota", 1000, 1, 1_000_000),
        ),
        trust=Trust(
            chip=trust.file("chip"),
            packet=trust.file("packet"),
            esign=trust.file("esign"),
            scanner=trust.file("scanner"),
            papers=trust.file("papers"),
        ),
        key_file=root.file("key_file") or Path(),
        sam_pin_file=root.file("sam_pin_file"),
        wire_log=Path(named) if (named := root.optional("wire_log")) else None,
        backup=_backup(root.section("backup")),
        finger_engine=root.text("finger_engine", "nbis"),
        retention=_retention(root.section("retention")),
        papers=_papers(root.section("papers")),
        database=_database(root),
        languages=_languages(root),
        update=_update(root.section("update")),
        paper_key_file=root.file("paper_key_file"),
        source=source,
    )
    if settings.wire_log is not None and not settings.specimen:
        root.wrong("wire_log", "the wires of real residents are never recorded; it needs specimen = true")
    elif settings.wire_log is not None and not settings.wire_log.parent.is_dir():
        root.wrong("wire_log", f"no folder for {settings.wire_log}")
    if settings.central.data_access and settings.central.credentials is None:
        central.wrong("data_access", "needs credentials, with a table [data_access]")
    if settings.key_file == Path():
        root.wrong("key_file", "missing")
    for reader in (office, central, trust, root):
        reader.done()
    if mistakes:
        raise ConfigError(source, tuple(mistakes))
    return settings


def load(path: Path) -> Settings:
    """Settings from a TOML file; raises `ConfigError`, also when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), (f"cannot be read: {error}",)) from error
    return parse(text, str(path))
