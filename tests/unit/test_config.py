"""The settings: all of them or every mistake at once, each by its key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance import config
from appliance.config import ConfigError, Settings


@pytest.fixture
def good(tmp_path: Path) -> str:
    for name in ("key", "pin", "root.pem", "accounts.toml"):
        (tmp_path / name).write_text("")
    return f"""
data_dir = "{tmp_path}/data"
key_file = "{tmp_path}/key"
sam_pin_file = "{tmp_path}/pin"
specimen = true
sop_profile = "national"

[listen]
resident = "127.0.0.1:8081"
officer = "[::1]:8082"

[devices]
chip_encoder = "pcsc:ACS ACR1281 1S Dual Reader 00 00"
card_printer = "ipp://localhost/printers/KTP"
fingerprint_scanner = "sbi://127.0.0.1:4501"
camera = "mjpeg+http://127.0.0.1:8081/stream"

[office]
name = "Dinas Dukcapil Kota Metro"
city = "Metro"
province = "Lampung"
region = "18.72"
head_name = "Kepala"
head_nip = "0"
head_nik = "99"

[central]
siak = "http://127.0.0.1:9000"
centre = "https://centre.example/api"
credentials = "{tmp_path}/accounts.toml"

[trust]
chip = "{tmp_path}/root.pem"
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        config.parse(text, "siaga.toml")
    assert str(refused.value) == "siaga.toml: " + "; ".join(refused.value.mistakes)
    return list(refused.value.mistakes)


def keys(text: str) -> list[str]:
    return [mistake.partition(":")[0] for mistake in mistakes(text)]


def test_good_settings_become_values(good: str, tmp_path: Path) -> None:
    found = config.parse(good)
    assert (found.data_dir, found.key_file) == (tmp_path / "data", tmp_path / "key")
    assert (found.specimen, found.sop_profile) == (True, "national")
    assert found.listen == {"resident": "127.0.0.1:8081", "officer": "[::1]:8082"}
    assert set(found.devices) == {"chip_encoder", "card_printer", "fingerprint_scanner", "camera"}
    assert (found.central.esign, found.trust.packet) == (None, None)
    assert found.trust.chip == tmp_path / "root.pem"
    assert found.database == "", "an encrypted file"
    assert found.finger_engine == "nbis"
    assert config.parse('finger_engine = "other"\n' + good).finger_engine == "other"


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ('esign = "http://127.0.0.1:9000"\nesign_api = "v1"', []),
        ('esign = "pkcs11:token=KADIS?module-path=/usr/lib/softhsm/libsofthsm2.so"', []),
        ('esign = "pkcs11:token=KADIS"', ["central.esign"]),
        ('esign = "http://127.0.0.1:9000"\nesign_api = "v3"', ["central.esign_api"]),
    ],
)
def test_the_signer_is_an_address_of_a_service_or_of_a_token(good: str, lines: str, wrong: list[str]) -> None:
    text = good.replace("[central]\n", f"[central]\n{lines}\n")
    if wrong:
        assert keys(text) == wrong
    else:
        assert config.parse(text).central.esign is not None


def test_what_may_be_left_out_has_a_safe_value(good: str, tmp_path: Path) -> None:
    office = good[good.index("[office]") : good.index("[central]")]
    least = f'data_dir = "d"\nkey_file = "{tmp_path}/key"\n[listen]\ntechnician = "127.0.0.1:1"\n{office}'
    found = config.parse(least)
    assert (found.specimen, found.sop_profile, found.devices, found.sam_pin_file) == (False, "sop", {}, None)
    assert found.central == config.Central(None, None, None, None)


CHANGES = [
    ('specimen = true', 'specimen = "yes"', ["specimen"]),
    ('"national"', '"mine"', ["sop_profile"]),
    ('data_dir = ', '#', ["data_dir"]),
    ('key_file = ', '#', ["key_file"]),
    ('/pin"', '/no-such-pin"', ["sam_pin_file"]),
    ('/root.pem"', '/no-such.pem"', ["trust.chip"]),
    ('chip = "', 'papers = "/no-such-folder', ["trust.papers"]),
    ('specimen = true', 'specimen = true\npaper_key_file = "/no-such-key"', ["paper_key_file"]),
    ('accounts.toml"', 'no.toml"', ["central.credentials"]),
    ('"127.0.0.1:8081"', '"8081"', ["listen.resident"]),
    ('"127.0.0.1:8081"', '":8081"', ["listen.resident"]),
    ('"127.0.0.1:8081"', '"127.0.0.1"', ["listen.resident"]),
    ('"127.0.0.1:8081"', '"127.0.0.1:"', ["listen.resident"]),
    ('"127.0.0.1:8081"', '"127.0.0.1:0"', ["listen.resident"]),
    ('"127.0.0.1:8081"', '"127.0.0.1:65536"', ["listen.resident"]),
    ('"127.0.0.1:8081"', '"127.0.0.1:-1"', ["listen.resident"]),
    ('"127.0.0.1:8081"', '"127.0.0.1:²"', ["listen.resident"]),
    ('"127.0.0.1:8081"', '8081', ["listen.resident"]),
    ('resident = "127.0.0.1:8081"\nofficer = "[::1]:8082"', '', ["listen.resident"]),
    ('resident =', 'public =', ["listen.public"]),
    ('"pcsc:ACS', '"usbip:ACS', ["devices.chip_encoder"]),
    ('"pcsc:ACS', '"ACS', ["devices.chip_encoder"]),
    ('"pcsc:ACS ACR1281 1S Dual Reader 00 00"', '"pcsc"', ["devices.chip_encoder"]),
    ('"pcsc:ACS ACR1281 1S Dual Reader 00 00"', '""', ["devices.chip_encoder"]),
    ('chip_encoder =', 'chip_writer =', ["devices.chip_writer"]),
    ('"http://127.0.0.1:9000"', '"127.0.0.1:9000"', ["central.siak"]),
    ('"http://127.0.0.1:9000"', '"ftp://siak"', ["central.siak"]),
    ('"http://127.0.0.1:9000"', '"http://"', ["central.siak"]),
    ('"http://127.0.0.1:9000"', '"http://[::1"', ["central.siak"]),
    ('city = "Metro"', 'city = ""', ["office.city"]),
    ('city = "Metro"', 'city = 5', ["office.city"]),
    ('city = "Metro"', 'town = "Metro"', ["office.city", "office.town"]),
    ('[trust]', '[trusts]', ["trusts"]),
    ('specimen = true', 'specimen = true\noffices = 3', ["offices"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "wrong"), CHANGES)
def test_each_mistake_is_named_by_its_key(good: str, old: str, new: str, wrong: list[str]) -> None:
    assert old in good
    assert keys(good.replace(old, new)) == wrong


@pytest.mark.parametrize("section", ["listen", "devices", "office", "central", "trust"])
def test_a_section_that_is_no_table_is_named(good: str, section: str) -> None:
    before, _, after = good.partition(f"[{section}]")
    rest = after[after.index("\n\n[") :] if "\n\n[" in after else ""
    assert section in keys(f"{section} = 1\n{before}{rest}")


def test_the_languages_of_the_kiosk_begin_with_indonesian(good: str) -> None:
    assert config.parse(good).languages == ("id", "en")
    assert config.parse(f'languages = ["id", "jv"]\n{good}').languages == ("id", "jv")
    for wrong in ("[]", '["en", "id"]', '["id", "en", "en"]', '"id"', "[1]"):
        (mistake,) = mistakes(f"languages = {wrong}\n{good}")
        assert mistake.startswith("languages: must be")


def test_every_mistake_is_told_at_once(good: str) -> None:
    broken = good
    for old, new in (('"127.0.0.1:8081"', '"x"'), ('"sbi:', '"abc:'), ('city = "Metro"', ""), ('/key"', '/nokey"')):
        broken = broken.replace(old, new)
    broken += "\n[extra]\na = 1\n"
    assert sorted(keys(broken)) == [
        "devices.fingerprint_scanner",
        "extra",
        "key_file",
        "listen.resident",
        "office.city",
    ]


def test_an_empty_file_names_all_that_is_missing() -> None:
    missing = set(keys(""))
    assert missing == {"data_dir", "key_file", "listen.resident"} | {
        f"office.{name}" for name in ("name", "city", "province", "region", "head_name", "head_nip", "head_nik")
    }


def test_what_is_no_toml_is_one_mistake() -> None:
    (mistake,) = mistakes("= = =")
    assert mistake.startswith("not TOML")


def test_a_file_that_cannot_be_read_is_one_mistake(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "latin.toml"):
        with pytest.raises(ConfigError) as refused:
            config.load(path)
        (mistake,) = refused.value.mistakes
        assert mistake.startswith("cannot be read")
        assert str(path) in str(refused.value)


def test_a_file_is_read(good: str, tmp_path: Path) -> None:
    (tmp_path / "siaga.toml").write_text(good)
    assert config.load(tmp_path / "siaga.toml") == config.parse(good)


TOML_VALUES = st.one_of(
    st.booleans().map(lambda value: str(value).lower()),
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.text(st.characters(codec="ascii", exclude_characters='"\\', exclude_categories=["Cc"]), max_size=12).map(
        lambda value: f'"{value}"'
    ),
    st.just("[]"),
    st.just("{}"),
)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["data_dir", "key_file", "specimen", "sop_profile", "x"]), TOML_VALUES),
    st.dictionaries(st.sampled_from([*config.FACES, "x"]), TOML_VALUES),
    st.dictionaries(st.sampled_from([*config.DEVICES, "x"]), TOML_VALUES),
    st.dictionaries(st.sampled_from(["siak", "centre", "esign", "credentials"]), TOML_VALUES),
)
def test_any_table_is_settings_or_a_list_of_mistakes(
    root: dict[str, str], listen: dict[str, str], devices: dict[str, str], central: dict[str, str]
) -> None:
    def lines(table: dict[str, str]) -> str:
        return "".join(f"{key} = {value}\n" for key, value in table.items())

    text = lines(root) + f"[listen]\n{lines(listen)}[devices]\n{lines(devices)}[central]\n{lines(central)}"
    try:
        assert isinstance(config.parse(text), Settings)
    except ConfigError as refused:
        assert refused.mistakes


def test_a_wire_log_only_where_nobody_is_real(good: str, tmp_path: Path) -> None:
    asked = f'wire_log = "{tmp_path}/wire.jsonl"\n' + good
    assert config.parse(asked).wire_log == tmp_path / "wire.jsonl"
    assert config.parse(good).wire_log is None
    (mistake,) = mistakes(asked.replace("specimen = true", "specimen = false"))
    assert mistake.startswith("wire_log: the wires of real residents are never recorded")
    assert mistakes(asked.replace("specimen = true", "")) == [mistake]
    assert mistakes(asked.replace("/wire.jsonl", "/none/wire.jsonl"))[0].startswith("wire_log: no folder")


TLS = "sslmode=verify-full&sslrootcert=/a&sslcert=/b&sslkey=/c"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://siaga@/siaga?host=/run/postgresql",
        "postgresql+psycopg:///siaga?host=/run/postgresql&port=5433",
        f"postgresql+psycopg://siaga@hub.example:5432/siaga?{TLS}",
        f"postgresql+psycopg://siaga@/siaga?host=hub.example&{TLS}",
    ],
)
def test_a_database_on_a_server_is_named_by_a_url(good: str, url: str) -> None:
    assert config.parse(f'database = "{url}"\n{good}').database == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://siaga@/siaga?host=/run/postgresql", "must be postgresql+psycopg://"),
        ("sqlite:///siaga.db", "must be postgresql+psycopg://"),
        ("postgresql+psycopg://siaga@/?host=/run/postgresql", "must be postgresql+psycopg://"),
        ("postgresql+psycopg://siaga:geheim@/siaga?host=/run/postgresql", "no password"),
        ("postgresql+psycopg://siaga@/siaga?host=/run/postgresql&password=geheim", "no password"),
        ("postgresql+psycopg://siaga@/siaga?host=/run/postgresql&options=-cfsync%3Doff", "may say nothing but host"),
        ("postgresql+psycopg://siaga@/siaga", "needs one host="),
        ("postgresql+psycopg://siaga@hub.example/siaga", "sslmode=verify-full"),
        (f"postgresql+psycopg://siaga@hub.example/siaga?{TLS.replace('verify-full', 'require')}", "verify-full"),
        ("postgresql+psycopg://siaga@hub.example/siaga?sslmode=verify-full&sslrootcert=/a", "sslcert and sslkey"),
        (f"postgresql+psycopg://siaga@hub.example/siaga?{TLS}&host=", "needs one host="),
        (f"postgresql+psycopg://siaga@/siaga?host=/run/postgresql,hub.example&{TLS}", "needs one host="),
        ("postgresql+psycopg://siaga@/siaga?host=/run/postgresql&host=hub.example", "needs one host="),
        ("postgresql+psycopg://siaga@hub.example/siaga?host=/run/postgresql", "needs one host="),
        ("postgresql+psycopg://siaga@hub.example:x/siaga", "not an address"),
        ("postgresql+psycopg://[siaga/siaga", "not an address"),
    ],
)
def test_a_database_with_a_secret_or_without_protection_is_refused(good: str, url: str, why: str) -> None:
    (found,) = mistakes(f'database = "{url}"\n{good}')
    assert found.startswith("database: ") and why in found and "geheim" not in found
