"""Every kind of screen a resident can meet, in any language, and what is measured of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from faces import Site
from front_office import reader_saw, report, with_reader
from playwright.sync_api import Page
from screens import MM

from appliance.records import maintenance

MEASURE = """() => {
  const controls = 'a[href], button, input:not([type=hidden]), select';
  const place = (one) => (one.closest('label.tile') ?? one).getBoundingClientRect();
  const seen = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 1 && !one.closest('dialog');
  const shown = [...document.querySelectorAll(controls)].filter((one) => seen(one) && !one.closest('.mistakes'));
  const away = (a, b) => Math.hypot(Math.max(0, a.left - b.right, b.left - a.right),
                                    Math.max(0, a.top - b.bottom, b.top - a.bottom));
  const called = (one) => one.getAttribute('aria-label') || one.innerText || one.name || one.value || '';
  const gaps = [];
  shown.forEach((a, i) => shown.slice(i + 1).forEach((b) => {
    const [pa, pb] = [place(a), place(b)];
    if (pa.left !== pb.left || pa.top !== pb.top) gaps.push([away(pa, pb), called(a), called(b)]);
  }));
  const main = document.querySelector('footer .button.main');
  const finish = document.querySelector('#finish button');
  const box = (one) => one?.getBoundingClientRect().toJSON() ?? null;
  const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const contrast = (one) => {
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(ground(one))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const edge = (one) => {
    const style = getComputedStyle(one);
    const around = light(ground(one.parentElement));
    const apart = (a) => (Math.max(a, around) + 0.05) / (Math.min(a, around) + 0.05);
    const line = parseFloat(style.borderTopWidth) ? light(parts(style.borderTopColor)) : around;
    return Math.max(apart(light(ground(one))), apart(line));
  };
  const fields = [...document.querySelectorAll('.mistakes a')].map((one) => {
    const [said, field] = [one.textContent, document.querySelector(one.hash)];
    const inputs = field.matches('input') ? [field] : [...field.querySelectorAll('input')];
    const below = (one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().bottom;
    const there = [...document.querySelectorAll('.wrong')].find((other) => other.innerText === said && seen(other));
    const named = field.closest('label')?.querySelector('span') ?? document.querySelector('h1');
    return {
      said,
      at_field: Boolean(there && below(field, there) > -8 && below(field, there) < 90),
      label: seen(named) || seen(document.querySelector('h1')) && named.matches('.unseen'),
      marked: field.matches('.choices') || inputs.every((input) => input.ariaInvalid === 'true'
        && input.getAttribute('aria-describedby') === there?.id),
    };
  });
  const typed = (one) => one.matches('[data-keys]') && one.value;
  const says = (one) => typed(one) || [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const words = [...document.body.querySelectorAll('*')].filter((one) => seen(one) && says(one));
  const drawn = [...document.body.querySelectorAll('svg.icon')].filter(seen);
  const theirs = [...document.querySelectorAll('.keyboard, .answers dd:nth-child(2)')];
  for (const one of theirs) one.style.display = 'none';
  const text = document.querySelector('main').innerText;
  for (const one of theirs) one.style.display = '';
  return {
    lang: document.documentElement.lang,
    gaps: gaps.sort((a, b) => a[0] - b[0]).slice(0, 3),
    mains: [...document.querySelectorAll('.button.main')].filter(seen).length,
    main: box(main), finish: box(finish), finish_is_main: finish?.classList.contains('main') ?? false,
    back: box(document.querySelector('footer .left a')),
    headings: document.querySelectorAll('h1').length,
    choices: document.querySelectorAll('label.tile').length,
    languages: [...document.querySelectorAll('.languages button')].map((one) => [one.lang, one.innerText]),
    contrast: [...words, ...drawn].map((one) => [contrast(one), one.outerHTML.slice(0, 90)])
      .sort((a, b) => a[0] - b[0]),
    texts: words.map((one) => [parseFloat(getComputedStyle(one).fontSize), one.outerHTML.slice(0, 90)])
      .sort((a, b) => a[0] - b[0]),
    edges: shown.map((one) => one.closest('label.tile') ?? one).filter((one) => one.checkVisibility())
      .map((one) => [edge(one), one.outerHTML.slice(0, 90)]).sort((a, b) => a[0] - b[0]).slice(0, 3),
    fields,
    body: parseFloat(getComputedStyle(document.body).fontSize),
    words: text.split(/\\s+/).filter((word) => /[\\p{L}\\d]/u.test(word)).length,
    text,
    help: [...document.querySelectorAll('form[action="/bantuan"] button')].filter(seen).length,
    ways: shown.filter((one) => one.closest('main, footer')).length,
    moving: document.getAnimations().length,
    idle: Number(document.body.dataset.idle ?? 0),
    live: [...document.querySelectorAll('[role=status], [role=alert], [aria-live]')].map((one) =>
      [one.getAttribute('role'), one.getAttribute('aria-live')]),
    bare: [...document.querySelectorAll('[data-service], .strip p')].filter((one) =>
      seen(one) && !one.matches('.step') && (!one.querySelector('svg') || !one.innerText.trim()))
      .map((one) => one.outerHTML.slice(0, 90)),
  };
}"""


@dataclass(frozen=True)
class Screen:
    """One screen and what was measured of it; lengths in CSS pixels, which are true to the millimetre by `MM`."""

    name: str
    found: dict[str, Any]

    def mm(self, key: str) -> float:
        return float(self.found[key]) / MM


def _on(page: Page) -> None:
    with page.expect_navigation(wait_until="load"):
        page.locator("button[form=page]").click()


def _fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"input[name={name}]").fill(value)
    _on(page)


def _tile(page: Page, value: str) -> None:
    page.locator(f"input[value='{value}']").check(force=True)
    _on(page)


def every_screen(page: Page, site: Site) -> Iterator[str]:
    """Go from screen to screen, mistakes included; the name of each when it stands there."""
    code = report(site.place.app("resident").test_client())
    page.goto(f"{site.address}/sambutan")
    yield "attract"
    # Both of these pages leave by themselves, where there are scripts: they are left first.
    page.goto("about:blank")
    with site.place.office.store.write() as tx:
        maintenance.begin(tx, "t", "Teknisi")
    page.goto(site.address)
    page.wait_for_url("**/tutup")
    yield "closed"
    page.goto("about:blank")
    with site.place.office.store.write() as tx:
        maintenance.end(tx)
    page.goto(site.address)
    yield "home"
    page.goto(f"{site.address}/lapor")
    yield "consent"
    page.locator("a[href='/lapor/tidak-setuju']").click()
    page.wait_for_url("**/lapor/tidak-setuju")
    yield "consent refused"
    page.goto(f"{site.address}/lapor")
    _on(page)
    yield "who"
    _on(page)
    yield "who, nothing chosen"
    _tile(page, "pamong")
    yield "name"
    _fill(page, phone="abc")
    yield "name, two mistakes"
    _fill(page, reporter="RATNA", phone="")
    yield "institution"
    _on(page)
    yield "institution, nothing typed"
    _fill(page, institution="RT 03")
    yield "resident"
    _fill(page, resident="BAPAK TUA")
    yield "condition"
    _tile(page, "lansia")
    yield "where"
    _tile(page, "tidak_tahu")
    yield "district"
    _tile(page, "18.72.01")
    yield "subdistrict"
    _tile(page, "tidak_tahu")
    yield "papers"
    _on(page)
    yield "check"
    with page.expect_navigation(wait_until="load"):
        page.locator("form[action='/bantuan'] button").click()
    number = page.locator("[data-number]").inner_text().replace(" ", "")
    yield "help in a report"
    assert site.place.services.handed.take(number, "petugas")
    page.goto(f"{site.address}/bantuan")
    yield "an officer goes on"
    site.place.services.handed.give_back(number, "petugas")
    page.goto(f"{site.address}/lapor/periksa")
    _on(page)
    yield "receipt"
    with_reader(site.place)
    page.goto(f"{site.address}/status")
    yield "find"
    page.goto(f"{site.address}/status/tanpa-kode")
    yield "no code"
    page.goto(f"{site.address}/status")
    with page.expect_navigation(wait_until="load"):
        page.locator("form[action='/status/bukti'] button").first.click()
    yield "hold a slip"
    reader_saw(site.place, why="foreign")
    page.goto(f"{site.address}/status/bukti")
    yield "not a slip"
    page.goto(f"{site.address}/nomor")
    yield "queue"
    with page.expect_navigation(wait_until="load"):
        page.locator("button[value=ambil]").click()
    yield "who goes first"
    with page.expect_navigation(wait_until="load"):
        page.locator("button[value=tidak]").click()
    yield "number"
    page.goto(f"{site.address}/status/kode")
    yield "code"
    page.goto(f"{site.address}/periksa")
    yield "documents"
    with page.expect_navigation(wait_until="load"):
        page.locator("form[action='/periksa/kk'] button").click()
    yield "hold a document"
    reader_saw(site.place, "read-family-card", why="foreign")
    page.wait_for_url("**/periksa/hasil")  # it goes there by itself
    yield "document"
    page.goto(f"{site.address}/periksa")
    with page.expect_navigation(wait_until="load"):
        page.locator("form[action='/periksa/kk'] button").click()
    # A name as long as such an office has.
    office = "Disdukcapil Kabupaten Kepulauan Contoh"
    reader_saw(site.place, "read-family-card", office=office, issued_on="2026-11-24")
    page.goto(f"{site.address}/periksa/tunggu")
    yield "sealed by another office"
    page.goto(f"{site.address}/status/kode")
    _fill(page, code="SG-AAAA-AA")
    yield "unknown code"
    _fill(page, code=code)
    yield "status"
    page.goto(f"{site.address}/status/surat/surat")
    yield "letter"
    _tile(page, "SK_DINSOS")
    yield "letter's number"
    _fill(page, number="1")
    yield "letter's date"
    _fill(page, date_day="40")
    yield "letter's date, no such day"
    page.goto(f"{site.address}/status/surat/meja")
    yield "letter unread"
    page.goto(f"{site.address}/status/surat/tanggal")
    _fill(page, date_day="1", date_month="10", date_year="2026")
    yield "letter's author"
    with page.expect_navigation(wait_until="load"):
        page.locator("button[name=skip]").click()
    _fill(page, signer="LILIS")
    yield "letter not awaited"
    with page.expect_navigation(wait_until="load"):
        page.locator("form[action='/bantuan'] button").click()
    yield "help"
    yield from error_screens(page, site)


def error_screens(page: Page, site: Site) -> Iterator[str]:
    """What a visitor sees of the kiosk's own refusals and faults."""
    page.goto(f"{site.address}/tidak-ada")
    yield "no such page"
    page.goto(f"{site.address}/lapor/setuju")
    page.route("**/lapor/setuju", lambda route: route.continue_(post_data="csrf_token=old"), times=1)
    _on(page)
    yield "stale page"
    page.goto(f"{site.address}/status/kode")
    sent = {"csrf_token": page.locator("[name=csrf_token]").first.get_attribute("value") or "", "code": "SG-AAAA-AA"}
    while page.context.request.post(f"{site.address}/status/kode", form=sent).status != 429:
        pass
    _fill(page, code="SG-AAAA-AA")
    yield "too often"
    site.place.devices.append(None)  # type: ignore[arg-type]
    page.goto(site.address)
    yield "fault"
    site.place.devices.pop()


def measured(page: Page, name: str) -> Screen:
    page.locator("main").wait_for()
    return Screen(name, page.evaluate(MEASURE))
