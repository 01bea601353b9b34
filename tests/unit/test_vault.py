"""Encryption at rest: a blob is what was written, under its own case's key, or it is lost, and says so."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.records.vault import BlobLost, Vault, file_name

SECRET = b"finger of SUGENG RIYADI " * 40


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", b"v" * 32)


@pytest.fixture
def key(vault: Vault) -> str:
    return vault.new_case_key("case-1")


def file_of(tmp_path: Path, reference: str) -> Path:
    name = file_name(reference)
    return tmp_path / "vault" / name[:2] / name


@pytest.mark.parametrize("data", [SECRET, b"", b"\x00", bytes(range(256)) * 5000], ids=len)
def test_what_was_put_in_comes_out_also_of_a_reopened_vault(
    vault: Vault, key: str, tmp_path: Path, data: bytes
) -> None:
    name = vault.put("case-1", key, data)
    assert vault.get("case-1", key, name) == data
    assert Vault(tmp_path / "vault", b"v" * 32).get("case-1", key, name) == data


def test_a_blob_is_named_by_the_hash_of_its_ciphertext_and_shows_nothing(
    vault: Vault, key: str, tmp_path: Path
) -> None:
    name = vault.put("case-1", key, SECRET)
    sealed = file_of(tmp_path, name).read_bytes()
    assert file_name(name) == hashlib.sha256(sealed).hexdigest()
    assert b"SUGENG" not in sealed
    assert [path.name for path in (tmp_path / "vault").rglob("*") if path.is_file()] == [file_name(name)]


def test_the_same_content_twice_gives_two_blobs_that_cannot_be_told_to_be_the_same(vault: Vault, key: str) -> None:
    assert vault.put("case-1", key, SECRET) != vault.put("case-1", key, SECRET)


def test_a_missing_blob_is_lost(vault: Vault, key: str, tmp_path: Path) -> None:
    name = vault.put("case-1", key, SECRET)
    file_of(tmp_path, name).unlink()
    with pytest.raises(BlobLost, match=f"^blob {name[:12]} is missing$"):
        vault.get("case-1", key, name)
    with pytest.raises(BlobLost, match="missing"):
        vault.get("case-1", key, "ab" * 32)


@pytest.mark.parametrize("at", [0, 5, 11, 12, 100, -17, -1])
def test_one_changed_bit_anywhere_is_found(vault: Vault, key: str, tmp_path: Path, at: int) -> None:
    name = vault.put("case-1", key, SECRET)
    path = file_of(tmp_path, name)
    sealed = bytearray(path.read_bytes())
    sealed[at] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(BlobLost, match=f"^blob {name[:12]} is damaged$"):
        vault.get("case-1", key, name)


@pytest.mark.parametrize("length", [0, 3, 11, 12, 27, 28, 500])
def test_a_blob_cut_short_is_damaged(vault: Vault, key: str, tmp_path: Path, length: int) -> None:
    name = vault.put("case-1", key, SECRET)
    path = file_of(tmp_path, name)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BlobLost, match="damaged"):
        vault.get("case-1", key, name)


def test_a_blob_put_in_the_place_of_another_is_found(vault: Vault, key: str, tmp_path: Path) -> None:
    one, other = vault.put("case-1", key, b"right index"), vault.put("case-1", key, b"left index")
    file_of(tmp_path, one).write_bytes(file_of(tmp_path, other).read_bytes())
    with pytest.raises(BlobLost, match="damaged"):
        vault.get("case-1", key, one)


def test_the_key_of_another_case_or_appliance_does_not_open_it(vault: Vault, key: str, tmp_path: Path) -> None:
    name = vault.put("case-1", key, SECRET)
    for case, wrapped in (("case-2", vault.new_case_key("case-2")), ("case-1", vault.new_case_key("case-1"))):
        with pytest.raises(BlobLost, match="damaged"):
            vault.get(case, wrapped, name)
    with pytest.raises(BlobLost, match="damaged"):
        vault.get("case-2", key, name)
    with pytest.raises(BlobLost, match="damaged"):
        Vault(tmp_path / "vault", b"x" * 32).get("case-1", key, name)


@pytest.mark.parametrize("dropped", ["", "AAAA", "no base64!"])
def test_without_its_wrapped_key_a_blob_is_gone_for_good(vault: Vault, key: str, dropped: str) -> None:
    name = vault.put("case-1", key, SECRET)
    with pytest.raises(BlobLost):
        vault.get("case-1", dropped, name)


def test_case_keys_differ_and_folders_are_for_their_owner_only(vault: Vault, key: str, tmp_path: Path) -> None:
    assert vault.new_case_key("case-1") != key
    vault.put("case-1", key, SECRET)
    for folder in (path for path in [tmp_path / "vault", *(tmp_path / "vault").rglob("*")] if path.is_dir()):
        assert folder.stat().st_mode & 0o077 == 0


def test_without_the_key_in_its_reference_a_blob_is_gone_and_its_neighbours_are_not(vault: Vault, key: str) -> None:
    one, other = vault.put("case-1", key, SECRET), vault.put("case-1", key, b"other")
    for struck in (file_name(one), f"{file_name(one)}.{other.partition('.')[2]}", f"{file_name(one)}.AAAA"):
        with pytest.raises(BlobLost, match="damaged"):
            vault.get("case-1", key, struck)
    assert vault.get("case-1", key, other) == b"other"


def test_a_blob_from_before_blobs_had_keys_of_their_own_is_still_read(vault: Vault, key: str, tmp_path: Path) -> None:
    raw = base64.b64decode(key)
    case_key = AESGCM(AESGCM(b"v" * 32).decrypt(raw[:12], raw[12:], b"case-1"))
    sealed = b"n" * 12 + case_key.encrypt(b"n" * 12, SECRET, b"case-1")
    name = hashlib.sha256(sealed).hexdigest()
    file_of(tmp_path, name).parent.mkdir(parents=True)
    file_of(tmp_path, name).write_bytes(sealed)
    assert vault.get("case-1", key, name) == SECRET
