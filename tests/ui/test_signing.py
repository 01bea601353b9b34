"""The signature on the screen in a real browser: by mouse, by finger, by pen."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from counter import being_recorded
from faces import Site, Watched, served
from front_office import open_office
from PIL import Image
from playwright.sync_api import Page, expect
from test_browser import MM, SCREENS, accessible, sign_in

from appliance.casework.roles import Role
from appliance.records import cases
from appliance.records.cases import Evidence

TURNS = [(0.1, 0.5), (0.2, 0.2), (0.3, 0.8), (0.45, 0.25), (0.6, 0.7), (0.9, 0.4)]
"""A signature in parts of the box."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An office where the screen is the pad, with a resident being recorded."""
    being_recorded(tmp_path)
    with served(open_office(tmp_path, (Role.PEREKAM,), {"signature_pad": "browser:"})) as found:
        yield found


def open_signing(page: Page, site: Site) -> dict[str, float]:
    """Sign in, go to the page to sign on; the box's place in CSS pixels."""
    sign_in(page, site, "perekam")
    page.locator("a.case").click()
    page.get_by_role("link", name="Tanda tangan di layar").click()
    return box_of(page)


def box_of(page: Page) -> dict[str, float]:
    page.locator("canvas").scroll_into_view_if_needed()
    box = page.locator("canvas").bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


def at(box: dict[str, float], part: tuple[float, float]) -> tuple[float, float]:
    return box["x"] + part[0] * box["width"], box["y"] + part[1] * box["height"]


def by_mouse(page: Page, parts: list[tuple[float, float]]) -> None:
    box = box_of(page)
    page.mouse.move(*at(box, parts[0]))
    page.mouse.down()
    for part in parts[1:]:
        page.mouse.move(*at(box, part), steps=6)
    page.mouse.up()


def kept(site: Site) -> list[Evidence]:
    (row,) = site.place.services.desk.work_list(site.place.actor(Role.PEREKAM)).rows
    with site.place.office.store.read() as tx:
        return cases.evidence_of(tx, row.case_id, "signature", 0)


def test_a_mouse_writes_undoes_clears_and_signs(site: Site, watched: Watched) -> None:
    page = watched.page
    box = open_signing(page, site)
    accessible(page)
    by_mouse(page, TURNS)
    page.screenshot(path=SCREENS / "signing.png")
    page.get_by_role("button", name="Hapus semua").click()
    undo, clear = (page.get_by_role("button", name=name) for name in ("Hapus goresan terakhir", "Hapus semua"))
    expect(undo).to_be_disabled()
    page.get_by_role("button", name="Simpan tanda tangan").click()
    expect(page.get_by_role("alert")).to_contain_text("Tanda tangan kosong")
    accessible(page)
    by_mouse(page, [(0.1, 0.1), (0.9, 0.9)])
    clear.focus()
    page.keyboard.press("Enter")
    expect(clear).to_be_disabled()
    by_mouse(page, TURNS)
    by_mouse(page, [(0.1, 0.9), (0.9, 0.1)])
    undo.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Simpan tanda tangan").click()
    expect(page.locator(".shots img")).to_be_visible()
    (item,) = kept(site)
    (stroke,) = item.facts["strokes"]
    assert len(stroke) == 31
    for (x, y, pressure, _), part in zip(stroke[::6], TURNS, strict=True):
        assert abs(x - part[0] * box["width"] / MM) < 0.3
        assert abs(y - part[1] * box["height"] / MM) < 0.3
        assert pressure == 0.5


def test_a_finger_writes_where_it_touches_and_the_palm_does_not(site: Site, watched: Watched) -> None:
    page = watched.page
    box = open_signing(page, site)
    wire = page.context.new_cdp_session(page)
    wire.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def touch(kind: str, *parts: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(at(box, part) for part in parts)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    palm = (0.8, 0.9)
    touch("touchStart", TURNS[0])
    touch("touchStart", TURNS[0], palm)
    for part in TURNS[1:]:
        touch("touchMove", part, palm)
    touch("touchEnd")
    page.get_by_role("button", name="Simpan tanda tangan").click()
    expect(page.locator(".shots img")).to_be_visible()
    (item,) = kept(site)
    (stroke,) = item.facts["strokes"]
    assert [round(x * MM / box["width"], 2) for x, _, _, _ in (stroke[0], stroke[-1])] == [0.1, 0.9]
    assert max(y for _, y, _, _ in stroke) * MM < 0.85 * box["height"]
    assert [at_ms for *_, at_ms in stroke] == sorted(at_ms for *_, at_ms in stroke)
    place = site.place.office
    with place.store.read() as tx:
        key = cases.get(tx, str(item.case_id)).wrapped_key
    picture = Image.open(io.BytesIO(place.vault.get(str(item.case_id), key, str(item.blob)))).convert("L")
    left, top, right, bottom = picture.point(lambda grey: 255 - grey).getbbox() or (0, 0, 0, 0)
    assert left > 0 and top > 0 and right < 300 and bottom < 120, "the picture is clipped"


def test_a_pen_presses_and_what_leaves_the_box_is_not_drawn_along_its_edge(site: Site, watched: Watched) -> None:
    page = watched.page
    box = open_signing(page, site)
    wire = page.context.new_cdp_session(page)

    def pen(kind: str, part: tuple[float, float], force: float) -> None:
        x, y = at(box, part)
        down = {"button": "left", "buttons": 1, "clickCount": 1}
        wire.send("Input.dispatchMouseEvent",
                  {"type": kind, "x": x, "y": y, "force": force, "pointerType": "pen", **down})  # fmt: skip

    pen("mousePressed", (0.1, 0.5), 0.25)
    for part in ((0.3, 0.4), (0.5, 0.6), (0.5, 1.1), (0.7, 1.1), (0.7, 0.6), (0.9, 0.5)):
        pen("mouseMoved", part, 0.75)
    pen("mouseReleased", (0.9, 0.5), 0)
    page.get_by_role("button", name="Simpan tanda tangan").click()
    expect(page.locator(".shots img")).to_be_visible()
    (item,) = kept(site)
    assert [len(stroke) for stroke in item.facts["strokes"]] == [3, 2]
    assert [point[2] for stroke in item.facts["strokes"] for point in stroke] == [0.25, 0.75, 0.75, 0.75, 0.75]


@pytest.mark.parametrize("watched", [(1280, 800), (800, 1280)], indirect=True, ids=["landscape", "portrait"])
def test_box_and_buttons_fit_the_screen_together(site: Site, watched: Watched) -> None:
    page = watched.page
    open_signing(page, site)
    found = page.evaluate(
        "() => [...document.querySelectorAll('canvas, form.signing button')].map((one) => {"
        " const box = one.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; })"
    )
    wide, high = (page.viewport_size or {}).values()
    assert all(one[0] >= 0 and one[1] >= 0 and one[2] <= wide and one[3] <= high for one in found), found
    assert page.evaluate("() => getComputedStyle(document.querySelector('canvas')).touchAction") == "none"
