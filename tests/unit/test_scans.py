"""Papers under the camera: found, laid straight, kept small; retaken, taken back, kept with a reason; bounded."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from counter import Counter, open_counter
from front_office import open_office, post, sign_in, token
from PIL import Image

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.devices import StillImage
from appliance.documents import paper_scan
from appliance.documents.scanning import LARGEST_PICTURE, NotAPaper, scan_of
from appliance.records import audit, cases
from hw_sim.papers import Letter, drawn

LINES = tuple(f"Baris {number} surat keterangan domisili SPECIMEN" for number in range(1, 18))
SIZE = (960, 1280)
PAPER = "SK_DOMISILI"


def shot(letter: Letter | None = None, form: str = "JPEG", size: tuple[int, int] = SIZE, light: float = 1.0) -> bytes:
    image = drawn(letter or Letter(LINES, 4.0, 0.05), size)
    out = io.BytesIO()
    image.point(lambda grey: int(grey * light)).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("turned", [-12.0, 0.0, 7.0])
@pytest.mark.parametrize("leaning", [0.0, 0.08])
def test_a_turned_and_leaning_paper_is_laid_straight_and_its_table_is_gone(turned: float, leaning: float) -> None:
    found = scan_of(shot(Letter(LINES, turned, leaning)))
    assert found.edges and found.doubt == ""
    with Image.open(io.BytesIO(found.jpeg)) as picture:
        assert 1.2 < picture.height / picture.width < 1.65, "an upright A4 sheet"
        grey = np.asarray(picture.convert("L"))
    rim = max(4, grey.shape[1] // 40)
    corners = [grey[:rim, :rim], grey[:rim, -rim:], grey[-rim:, :rim], grey[-rim:, -rim:]]
    assert min(float(corner.mean()) for corner in corners) > 150, "no corner shows the table"
    rows = (grey[:, rim:-rim] < 110).sum(axis=1)
    assert int((rows == 0).sum()) > len(rows) * 0.35, "lines of text lie level: there is white between them"


def test_without_four_edges_the_whole_picture_is_kept() -> None:
    noise = np.random.default_rng(7).integers(0, 255, (600, 800, 3), np.uint8)
    assert paper_scan.corners_in(cv2.GaussianBlur(noise, (3, 3), 0)) is None
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    found = scan_of(out.getvalue())
    with Image.open(io.BytesIO(found.jpeg)) as picture:
        assert not found.edges and picture.size == (800, 600)


@pytest.mark.parametrize(
    ("letter", "light", "doubt"),
    [
        (Letter(LINES, 3.0), 1.0, ""),
        (Letter(LINES, 3.0), 0.22, "dark"),
        (Letter(LINES, 3.0, blur=7.0), 1.0, "blurred"),
        (Letter(LINES, 3.0, blur=7.0), 0.22, "dark"),
    ],
)
def test_one_doubt_is_named_the_light_first(letter: Letter, light: float, doubt: str) -> None:
    assert scan_of(shot(letter, light=light)).doubt == doubt


def test_a_large_picture_becomes_small_enough() -> None:
    rough = np.random.default_rng(1).integers(0, 255, (3000, 4000, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(rough).save(out, "JPEG", quality=75)
    found = scan_of(out.getvalue())
    assert len(found.jpeg) <= paper_scan.LARGEST
    with Image.open(io.BytesIO(found.jpeg)) as picture:
        assert max(picture.size) <= paper_scan.LONGEST_SIDE


def _bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG", optimize=True)
    return out.getvalue()


@pytest.mark.parametrize(
    "picture", [b"", b"hello", b"%PDF-1.7", shot()[:3000], _bomb(), b"\xff\xd8\xff" * 900, bytes(LARGEST_PICTURE + 1)]
)
def test_what_is_no_whole_picture_is_refused_soon(picture: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(NotAPaper):
        scan_of(picture)
    assert time.monotonic() - began < 10


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
    found.store.close()


def photographed(counter: Counter, case: str, picture: bytes, kind: str = PAPER) -> list[tuple[str, str]]:
    """Photograph this; states of all pictures of the paper, oldest first, with what is doubtful about each."""
    counter.devices["camera"].capture_still = lambda by: StillImage(picture, *SIZE)
    counter.clock.go(1)
    counter.do("scan_paper", Role.PETUGAS, case, kind=kind)
    counter.run("camera")
    return states(counter, case, kind)


def states(counter: Counter, case: str, kind: str = PAPER) -> list[tuple[str, str]]:
    return [(one.state, one.facts["doubt"]) for one in counter.evidence(case, "scan") if one.name == kind]


def test_a_paper_is_photographed_retaken_and_taken_back(counter: Counter) -> None:
    case = counter.attached()
    assert photographed(counter, case, shot()) == [("accepted", "")]
    assert photographed(counter, case, shot(Letter(LINES, -5.0)))[-1] == ("accepted", "")
    assert [state for state, _ in states(counter, case)] == ["superseded", "accepted"]
    counter.do("undo_scan", Role.PETUGAS, case, kind=PAPER)
    assert [state for state, _ in states(counter, case)] == ["accepted", "undone"]
    kept = counter.evidence(case, "scan")[0]
    record = counter.case(case)
    plain = counter.office.vault.get(case, record.wrapped_key, str(kept.blob))
    assert plain.startswith(b"\xff\xd8\xff")
    stored = [path for path in (counter.office.settings.data_dir / "vault").rglob("*") if path.is_file()]
    assert stored and not any(b"\xff\xd8\xff\xe0" in path.read_bytes()[:64] for path in stored), "encrypted at rest"


def test_a_dark_picture_is_doubtful_until_somebody_gives_a_reason(counter: Counter) -> None:
    case = counter.attached()
    assert photographed(counter, case, shot(light=0.2)) == [("doubtful", "dark")]
    with pytest.raises(NotAllowed, match="alasan"):
        counter.do("keep_scan", Role.PETUGAS, case, kind=PAPER, reason=" ")
    counter.do("keep_scan", Role.PETUGAS, case, kind=PAPER, reason="surat asli memang gelap")
    assert states(counter, case) == [("forced", "dark")]
    with counter.store.read() as tx:
        assert "gelap" not in "".join(str(one["facts"]) for one in audit.entries(tx))
    with pytest.raises(NotAllowed, match="tidak perlu"):
        counter.do("keep_scan", Role.PETUGAS, case, kind=PAPER, reason="lagi")


def test_a_return_reopens_the_named_papers_only(counter: Counter) -> None:
    case = counter.attached()
    photographed(counter, case, shot())
    photographed(counter, case, shot(), "SK_DINSOS")
    counter.do("return_file", Role.PETUGAS, case, reason="SURAT_TIDAK_TERBACA", items=("SK_DINSOS",), note="")
    assert [state for state, _ in states(counter, case)] == ["accepted"]
    assert [state for state, _ in states(counter, case, "SK_DINSOS")] == ["reopened"]
    assert photographed(counter, case, shot(), "SK_DINSOS")[-1][0] == "accepted", "brought again while it is away"


def test_who_may_not_and_what_is_under_way(counter: Counter) -> None:
    case = counter.attached()
    for role in (Role.KASI, Role.OPERATOR):
        with pytest.raises(NotAllowed):
            counter.do("scan_paper", role, case, kind=PAPER)
    with pytest.raises(NotAllowed, match="daftar"):
        counter.do("scan_paper", Role.PETUGAS, case, kind="SURAT_CINTA")
    counter.do("scan_paper", Role.PETUGAS, case, kind=PAPER)
    with pytest.raises(NotAllowed, match="sedang diambil"):
        counter.do("scan_paper", Role.PETUGAS, case, kind="SK_DINSOS")
    with pytest.raises(NotAllowed, match="Belum ada foto"):
        counter.do("undo_scan", Role.PETUGAS, case, kind=PAPER)


def test_a_file_is_taken_in_by_the_page_and_shown_small(counter: Counter, tmp_path: Path) -> None:
    case = counter.attached()
    place = open_office(tmp_path)
    client = place.app("officer").test_client()
    sign_in(client, Role.PETUGAS)
    home = f"/petugas/kasus/{case}"
    for name, data, status in (
        ("a.txt", b"hello", 422),
        ("a.png", shot(form="PNG"), 303),
    ):
        form = {"csrf_token": token(client.get(home)), "kind": PAPER, "berkas": (io.BytesIO(data), name)}
        with client.post(f"{home}/upload_scan", data=form) as answer:
            assert answer.status_code == status, name
    page = client.get(home).text
    assert f'data-scan="{PAPER}"' in page and 'class="scan"' in page and "Foto ulang" in page
    (kept,) = counter.evidence(case, "scan")
    picture = client.get(f"{home}/dokumen/{kept.id}")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    form = {"csrf_token": token(client.get(home)), "kind": PAPER, "berkas": (io.BytesIO(b"%PDF-1.7 x"), "a.pdf")}
    assert client.post(f"{home}/upload_scan", data=form).status_code == 303
    assert "PDF Surat" in client.get(home).text
    assert post(client, home, f"{home}/undo_scan", kind=PAPER).status_code == 303
    assert 'class="scan"' in client.get(home).text
    place.office.store.close()


def test_a_pdf_is_kept_as_it_is_and_has_its_limit(counter: Counter) -> None:
    case = counter.attached()
    with pytest.raises(NotAllowed, match="3,5 MB"):
        counter.do("upload_scan", Role.PETUGAS, case, kind=PAPER, berkas=b"%PDF-1.7\n" + bytes(3_600_000))
    for _ in range(2):
        counter.do("upload_scan", Role.PETUGAS, case, kind=PAPER, berkas=b"%PDF-1.7\n")
    assert states(counter, case) == [("accepted", "")], "the same file again changes nothing"


def test_the_pictures_do_not_make_it_anybody_s_turn(counter: Counter) -> None:
    case = counter.attached()
    photographed(counter, case, shot())
    counter.do("pass_check", Role.PETUGAS, case)
    state = counter.state(case, Role.PETUGAS)
    assert "scan_paper" in state.acts
    with counter.store.read() as tx:
        assert cases.get(tx, case).state == "VERIFIKASI_KASI"
