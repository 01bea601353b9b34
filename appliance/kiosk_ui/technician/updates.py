"""The page of the program itself: what runs, what ran before, what a stick brings, and the two ways to change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.config import Update
from appliance.diagnostics import releases, update_package, updating
from appliance.diagnostics.update_package import NAME, PackageRefused
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import at_desk
from appliance.kiosk_ui.technician import pages
from appliance.records.schema import SCHEMA_VERSION

HERE = "/teknisi/pembaruan"
MOST_BROUGHT = 20
WHY = {
    "unreadable": "Berkas ini tidak dapat dibaca sebagai pembaruan.",
    "unsigned": "Tanda tangannya bukan dari pembuat program. Jangan dipakai.",
    "altered": "Isinya tidak sama dengan yang ditandatangani. Salin ulang ke stik.",
    "books": "Pembaruan ini mengubah susunan basis data. Pasang dengan tangan, menurut buku pemasangan.",
    "no-key": "Kunci pembuat program tidak ada dalam pengaturan mesin.",
    "no-layout": "Program mesin ini tidak dipasang berdampingan. Pasang ulang menurut buku pemasangan.",
    "there-already": "Versi ini sudah terpasang.",
    "not-installed": "Program yang diminta tidak terpasang.",
    "install-failed": "Program baru tidak dapat dipasang. Yang lama tetap berjalan.",
    "unwell": "Program baru tidak berjalan baik. Mesin sudah kembali ke program sebelumnya.",
    "disk": "Disk menolak. Periksa penyimpanan. Yang lama tetap berjalan.",
    "cut": "Listrik putus sebelum selesai. Yang lama tetap berjalan.",
}
"""Why a file is refused or an order failed, in a sentence."""
PHASES = {
    "begun": ("now", "unknown", "sedang dipasang"),
    "installed": ("now", "unknown", "sedang dipasang"),
    "changed": ("now", "unknown", "sedang diperiksa"),
    "done": ("good", "ok", "berhasil"),
    "failed": ("over", "down", "gagal"),
}
DOES = {"install": "Memasang pembaruan", "rollback": "Kembali ke program sebelumnya"}


@dataclass(frozen=True, slots=True)
class Brought:
    """A file on the stick: its version, or why it is refused (a key of `WHY`)."""

    name: str
    version: str
    why: str


def brought(where: Update) -> Iterator[Brought]:
    """The updates on the stick, each looked at by its signed manifest."""
    try:
        names = sorted(one.name for one in where.stick.iterdir() if NAME.fullmatch(one.name) and one.is_file())
    except OSError:
        return
    key = _key(where)
    there = {one.version for one in releases.releases(where.root)}
    for name in names[:MOST_BROUGHT]:
        try:
            if not key:
                raise PackageRefused("no-key")
            package = update_package.read(where.stick / name, key, SCHEMA_VERSION)
        except PackageRefused as refused:
            yield Brought(name, "", refused.reason)
        else:
            yield Brought(name, package.version, "there-already" if package.version in there else "")


def _key(where: Update) -> bytes:
    try:
        return Path(where.key).read_bytes() if where.key is not None else b""
    except OSError:
        return b""


def add_updates(face: Blueprint, services: Services) -> None:
    """Give the face its page of the program."""
    bench = services.desk.bench

    def page(mistakes: tuple[Mistake, ...] = ()) -> str:
        where = bench.update_places()
        found = releases.releases(where.root)
        return render_template(
            "technician/updates.html",
            **pages.shared(HERE),
            running=metadata.version("siaga"),
            side_by_side=bool(releases.pointed(where.root, releases.LINK)),
            releases=found,
            before=next((one for one in found if one.before and not one.runs), None),
            brought=tuple(brought(where)),
            stick=where.stick,
            last=updating.progress(where.root),
            ordered=bench.update_ordered(),
            why=WHY,
            phases=PHASES,
            does=DOES,
            mistakes=mistakes,
        )

    def order() -> AnyResponse:
        try:
            bench.act(at_desk(), "order_update", request.form.to_dict())
        except ActRefused as refused:
            return make_response(page(refused.mistakes), 422)
        return see_other(HERE)

    face.add_url_rule("/pembaruan", "updates", page)
    face.add_url_rule("/pembaruan", "order_update", order, methods=["POST"])
