"""`siaga serve` without any device, on a folder of the test's own, with an account for each role."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from appliance.app.rooms import open_store
from appliance.casework.roles import Actor, Role
from appliance.config import Settings, load
from appliance.records import accounts
from appliance.records.store import Store
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import Browser, PageRefused

PIN = "314159"
PATIENCE = 40.0
FRAGMENT = """specimen = true
[office]
name = "Dinas Dukcapil Kota Metro"
city = "Metro"
province = "Lampung"
region = "18.72"
head_name = "Kepala"
head_nip = "0"
head_nik = "99"
"""
PEOPLE = (Role.KASI, Role.TEKNISI, Role.GUDANG, Role.PETUGAS)


def installed(folder: Path, fragment: str = FRAGMENT) -> Appliance:
    """An appliance that is ready to be started, with its accounts."""
    appliance = Appliance(folder, fragment, {})
    store = books(appliance)
    by = Actor("test", "", Role.TEKNISI, "test")
    for role in PEOPLE:
        accounts.add(store, str(role), str(role).title(), role, PIN, by)
    store.close()
    return appliance


def settings(appliance: Appliance) -> Settings:
    return load(appliance.config)


def books(appliance: Appliance) -> Store:
    """Its books from behind."""
    return open_store(settings(appliance))[0]


def person(appliance: Appliance, role: Role) -> Browser:
    face = "technician" if role is Role.TEKNISI else "officer"
    return Browser(f"http://{appliance.addresses[face]}", (str(role), PIN))


def resident(appliance: Appliance) -> Browser:
    return Browser(f"http://{appliance.addresses['resident']}")


def words(browser: Browser, path: str) -> str:
    """The text of a page; of a page of trouble what stands on it."""
    try:
        return re.sub(r"\s+", " ", " ".join(browser.get(path).text))
    except PageRefused as refused:
        return f"{refused.status} " + " ".join(refused.sentences)


def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> float:
    """Ask again and again until it is true; seconds that took."""
    began = time.monotonic()
    while True:
        try:
            if true():
                return time.monotonic() - began
        except OSError:  # not up again yet
            pass
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        _BREATH.wait(0.1)


_BREATH = threading.Event()


ANSWERS: dict[str, dict[str, str]] = {
    "setuju": {},
    "pelapor": {"role": "pendamping_sosial"},
    "nama": {"reporter": "Siti Rekaan", "phone": ""},
    "lembaga": {"institution": "Panti Rekaan"},
    "penduduk": {"resident": "Seorang tanpa dokumen"},
    "keadaan": {"condition": "no_identity"},
    "tempat": {"legal": "orang_terlantar"},
    "kecamatan": {"district": "18.72.01"},
    "kelurahan": {"kelurahan": "18.72.01.1005"},
    "surat": {},
}


def fill_report(browser: Browser) -> None:
    """Answer page after page, until the report can be sent."""
    page = browser.get("/lapor")
    for _ in range(len(ANSWERS) + 1):
        acts = [form.act for form in page.forms]
        if "send_report" in acts:
            return
        slug = next(act for act in acts if act in ANSWERS)
        page = browser.submit(slug, ANSWERS[slug])
    raise AssertionError(f"the report has no end: {acts}")


def send_report(browser: Browser) -> str:
    """Send it; the case's code. Raises `PageRefused`."""
    page = browser.submit("send_report")
    said = " ".join(page.text)
    return said[said.index("SG-") :][:10]
