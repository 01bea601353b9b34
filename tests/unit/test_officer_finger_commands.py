"""`siaga account finger`: from the scanner's trial just made, only where the officer agrees, only a good picture."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.app.officer_finger_commands import account_finger, account_forget_fingers
from appliance.app.rooms import open_store
from appliance.biometrics import compact
from appliance.casework.roles import SYSTEM, Role
from appliance.config import Settings, load
from appliance.records import accounts, officer_fingers, trials
from appliance.records.trials import SHOWN_MS, Trial
from hw_sim.fingers import Condition, FingerCache
from hw_sim.people import Person

GOOD, WRONG, USAGE, MISSING = 0, 1, 2, 3
CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
SEED = Person("Uji Coba", 9001).finger_seed("right_index")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "key").write_text("5a" * 32)
    config = tmp_path / "siaga.toml"
    names = ("name", "city", "province", "region", "head_name", "head_nip", "head_nik")
    office = "\n".join(f'{name} = "x"' for name in names)
    config.write_text(
        f'data_dir = "{tmp_path}/data"\nkey_file = "{tmp_path}/key"\n'
        f'[listen]\nofficer = "127.0.0.1:8082"\n[office]\n{office}\n'
    )
    found = load(config)
    store, _ = open_store(found)
    accounts.add(store, "rina", "Rina", Role.PEREKAM, "271828", SYSTEM)
    store.close()
    return found


def tried(settings: Settings, condition: Condition = "normal", ago_ms: int = 0) -> None:
    """As the step of a trial leaves it."""
    store, vault = open_store(settings)
    key = vault.new_case_key("trial-1")
    blob = vault.put("trial-1", key, CACHE.impression(SEED, 0, condition))
    with store.write() as tx:
        until = tx.now + SHOWN_MS - ago_ms
        trial = Trial("trial-1", "fingerprint_scanner", "done", tx.now, "t", blob=blob, wrapped_key=key)
        trials.put(tx, replace(trial, media_type="image/png", erase_at=until))
    store.close()


def said(settings: Settings, login: str = "rina", *, agreed: bool = True) -> int:
    arguments = argparse.Namespace(login=login, finger="left_index", agreed=agreed)
    return account_finger(settings, arguments).code


def held(settings: Settings) -> list[tuple[str, bytes]]:
    store, _ = open_store(settings)
    with store.read() as tx:
        found = [(one.name, one.form) for one in officer_fingers.all_of_them(tx)]
    store.close()
    return found


def test_the_trials_finger_is_kept_as_180_bytes_and_forgotten(settings: Settings) -> None:
    tried(settings)
    assert said(settings) == GOOD
    ((name, form),) = held(settings)
    assert name == "left_index" and len(form) <= 180 and len(compact.read(form).minutiae) >= 12
    assert account_forget_fingers(settings, argparse.Namespace(login="rina")).code == GOOD
    assert held(settings) == []
    assert account_forget_fingers(settings, argparse.Namespace(login="nobody")).code == WRONG


def test_nothing_is_kept_without_consent_trial_account_or_quality(settings: Settings) -> None:
    assert said(settings) == MISSING
    tried(settings, ago_ms=SHOWN_MS + 1)
    assert said(settings) == MISSING
    tried(settings)
    assert said(settings, agreed=False) == USAGE
    assert said(settings, "nobody") == WRONG
    tried(settings, "bad")
    assert said(settings) == WRONG
    assert held(settings) == []
