"""`make bench-biometrics`: error rates on invented fingers and on a folder (`DIR=…`), times against the bare engine.

The bare engine is the wheel's own extractor in this process; ours is what the appliance calls: the child process with
its limits, messages, codecs and rules. A search is held against comparing the probe with every stored finger.
"""

from __future__ import annotations

import io
import os
import sys
import time
import tracemalloc
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import finger_sets
import numpy as np
from det import Scores, joined, picture
from rows import Row, in_turn, report, seconds

from appliance.biometrics import compact, rules
from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine, PortraitEngine
from appliance.biometrics.finger_port import proven
from appliance.biometrics.minutiae import Template
from appliance.biometrics.nbis_bridge import NbisEngine
from appliance.biometrics.portrait_rules import cloth_for
from appliance.faults import DeviceFault
from appliance.issuance import finger_look
from hw_sim.faces import draw
from hw_sim.fingers import png

RECOMMENDED, HARD, FURTHER, HALVED = range(40), range(30), range(40, 60), range(60, 100)
"""Seeds of the sets; those of the halves are nobody's of the others."""
AGAIN = range(1000, 1040), range(2000, 2040)
"""Two more recommended sets, so that a rate is not that of one choice of seeds."""
SIZES = (1_000, 4_000, 10_000, 100_000)
ROUNDS, PAIRS = 9, 100
HUNDRED = 100.0


def main(folder: str | None) -> int:
    """Measure everything, draw docs/det.svg, print the table; 1 if a limit is not kept."""
    bare = proven("nbis")
    assert isinstance(bare, NbisEngine)
    child = PictureChild(idle_s=3600)
    ours = FingerEngine(child, 120)
    try:
        parts = _rates(bare, folder), _times(ours, bare), _searches(ours, bare, child), _pictures(child)
        rows = [_told(row) for part in parts for row in part]
    finally:
        child.close()
    return report("biometrics", rows)


def _told(row: Row) -> Row:
    """Say at once what is known; the whole takes minutes."""
    print(f"{row.what}: {row.ours:.4g} {row.unit}", file=sys.stderr, flush=True)
    return row


def _rates(bare: NbisEngine, folder: str | None) -> Iterator[Row]:
    recommended = finger_sets.grown(bare, RECOMMENDED, "recommended")
    hard = finger_sets.grown(bare, HARD, "hard")
    again = [finger_sets.grown(bare, seeds, "recommended") for seeds in AGAIN]
    sets = {
        "recommended": finger_sets.scores(bare, recommended),
        "hard": finger_sets.scores(bare, hard),
        "recommended, 180 bytes": finger_sets.scores(bare, recommended, on_card=True),
    }
    for name, on_card in (("recommended", False), ("recommended, 180 bytes", True)):
        more = [finger_sets.scores(bare, prints, on_card=on_card) for prints in again]
        sets[name.replace("recommended", "recommended, three sets")] = joined([sets[name], *more])
    if folder:
        sets[Path(folder).name] = finger_sets.scores(bare, finger_sets.of_folder(bare, Path(folder)))
    (finger_sets.BUILD.parent / "docs" / "det.svg").write_text(picture(sets))
    limits = {("recommended", "FMR"): 0.0, ("recommended", "FNMR"): 0.0, ("hard", "FNMR"): 2.5}
    for name, scores in sets.items():
        yield from _set_rows(name, scores, limits)
    before = [*sets["recommended"].genuine, *sets["hard"].genuine]
    after = [*sets["recommended, 180 bytes"].genuine, *finger_sets.genuine_only(bare, hard, on_card=True)]
    lost = sum(one < rules.ACCEPT_SCORE for one in after) - sum(one < rules.ACCEPT_SCORE for one in before)
    yield Row(f"lost by 180 bytes, of {len(before)} genuine pairs", HUNDRED * lost / len(before), 0, "%", 0.5)


def _set_rows(name: str, scores: Scores, limits: Mapping[tuple[str, str], float]) -> Iterator[Row]:
    told = f"{name}, {len(scores.impostor)} other pairs"
    yield Row(f"{told}: highest", max(scores.impostor), 0, "score")
    for threshold in (25, 30, 40, 48):
        limit = limits.get((name, "FMR")) if threshold == rules.ACCEPT_SCORE else None
        yield Row(f"{told}: FMR at {threshold}", HUNDRED * scores.fmr(threshold), 0, "%", limit)
    told = f"{name}, {len(scores.genuine)} own pairs"
    yield Row(f"{told}: lowest", min(scores.genuine), 0, "score")
    yield Row(f"{told}: median", median(scores.genuine), 0, "score")
    yield Row(f"{told}: FNMR at 40", HUNDRED * scores.fnmr(40), 0, "%", limits.get((name, "FNMR")))
    yield Row(f"{name}: EER", HUNDRED * scores.eer(), 0, "%")


def _times(ours: FingerEngine, bare: NbisEngine) -> Iterator[Row]:
    live, stored = (finger_sets.CACHE.impression(0, take) for take in (1, 0))
    card = compact.read(compact.write(bare.extract(stored)[0]))
    other = [bare.extract(finger_sets.CACHE.impression(seed, 0))[0] for seed in range(1, 1 + PAIRS // 10)] * 10
    extractor, bridge, probe = bare._extractor, bare._bridge, bare.extract(live)[0]
    loaded, others = bridge.load(card), [bridge.load(one) for one in other]

    def verdict() -> object:
        return rules.judge(ours.match(ours.extract(live)[0], card))

    def bare_verdict() -> object:
        return extractor.extract_minutiae(live).compare(loaded)

    def bare_matches() -> object:
        found = bridge.load(probe)
        return [found.compare(one) for one in others]

    for what, one, floor, each, limit in (
        ("extraction with quality", lambda: ours.extract(live), lambda: extractor.extract_minutiae(live), 1, None),
        ("1:1, live image to verdict", verdict, bare_verdict, 1, 1.15),
        ("comparison with another's finger", lambda: ours.match_many(probe, other), bare_matches, PAIRS, None),
    ):
        mine, its = in_turn(lambda one=one: seconds(one), lambda floor=floor: seconds(floor), ROUNDS)
        yield Row(what, 1000 * mine / each, 1000 * its / each, "ms", limit)


def _searches(ours: FingerEngine, bare: NbisEngine, child: PictureChild) -> Iterator[Row]:
    people = {**finger_sets.grown(bare, RECOMMENDED, "recommended"), **finger_sets.grown(bare, FURTHER, takes=2)}
    gallery = [compact.write(takes[0]) for takes in people.values() if takes[0] is not None]
    gallery += finger_sets.composed(finger_sets.grown(bare, HALVED, takes=1), max(SIZES) - len(gallery))
    probes = [(at, one) for at, takes in enumerate(people.values()) for one in takes[1:] if one is not None]
    compared = _seconds_a_comparison(bare, probes[0][1], gallery[100:200])
    cost, held = dict[int, float](), dict[int, int]()
    for size in SIZES:
        walls, busy = list[float](), list[float]()
        for _, probe in probes[:9] if size <= 10_000 else probes[:3]:
            began = _busy(child)
            walls.append(seconds(lambda probe=probe, size=size: ours.search(probe, gallery[:size])))
            busy.append(_busy(child) - began)
        cost[size], held[size] = median(busy), _most_memory(child)
        yield Row(f"1:N among {size}: against comparing with all", median(walls), compared * size, "s", 1.0)
        yield Row(f"1:N among {size}: one core", cost[size], 0, "s", 1.5 if size == 4_000 else None)
        yield Row(f"1:N among {size}: fingers a second", size / median(walls), 0, "1/s")
    yield from _officers(ours, child, gallery[100:200], people.values(), compared)
    among = gallery[:4_000]
    first = [ours.search(probe, among)[0].index == at for at, probe in probes]
    yield Row(
        f"right finger not first, {len(first)} queries, 4000", HUNDRED * (1 - sum(first) / len(first)), 0, "%", 1.0
    )
    yield Row("time a finger, 100000 against 4000", cost[100_000] / 100, cost[4_000] / 4, "ms", 1.1)
    kept = _kept_memory(gallery[:10_000])
    yield Row("memory a stored finger, kept", kept, 0, "bytes", 1024 - (held[100_000] - held[1_000]) / 99_000)
    yield Row(
        "memory a stored finger, searching, beyond the engine's own",
        (held[100_000] - held[1_000]) / 99_000,
        0,
        "bytes",
        1024,
    )


def _officers(
    ours: FingerEngine,
    child: PictureChild,
    forms: Sequence[bytes],
    people: Iterable[Sequence[Template | None]],
    compared: float,
) -> Iterator[Row]:
    """The look at each capture, is it an officer's? of fingers that are none's, and of those that are; the median.

    Many looks at each finger, for a tick is 10 ms.
    """
    prints = [(takes[0], takes[1]) for takes in people if takes[0] is not None and takes[1] is not None][:20]
    for whose, own in (("a resident's", False), ("an officer's own", True)):
        costs = list[float]()
        for stored, probe in prints:
            among = [compact.write(stored), *forms[1:]] if own else forms
            began = _busy(child) + time.process_time()
            for _ in range(ROUNDS):
                ours.recognise(probe, among, rules.SEARCH_ONE_FINGER_SCORE, finger_look.SHORTLIST)
            costs.append((_busy(child) + time.process_time() - began) / ROUNDS)
        what = f"an officer's among {len(forms)}, of {whose} finger: processor"
        yield Row(what, median(costs), 0, "s", 0.05)
        yield Row(f"{what}, the dearest", max(costs), 0, "s")
        yield Row(f"{what}, against comparing with all", median(costs), compared * len(forms), "s", 1.0)


def _seconds_a_comparison(bare: NbisEngine, probe: Template, forms: Sequence[bytes]) -> float:
    stored = [compact.read(form) for form in forms]
    return median(seconds(lambda: bare.match(probe, stored)) for _ in range(5)) / len(stored)


def _busy(child: PictureChild) -> float:
    """Processor seconds of the child (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _most_memory(child: PictureChild) -> int:
    status = Path(f"/proc/{child.pid}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def _kept_memory(forms: Sequence[bytes]) -> float:
    """What `KnownFingers` holds: each card form under its evidence's id."""
    tracemalloc.start()
    known = {str(uuid.uuid4()): bytes(bytearray(form)) for form in forms}
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / len(known)


def _pictures(child: PictureChild) -> Iterator[Row]:
    out = io.BytesIO()
    draw(9001, 1971, size=(1280, 960)).save(out, "JPEG", quality=90)
    portraits, jpeg = PortraitEngine(child, 120), out.getvalue()
    portraits.examine(jpeg, cloth_for(1971))
    taken = median(seconds(lambda: portraits.examine(jpeg, cloth_for(1971))) for _ in range(ROUNDS))
    yield Row("portrait: verdict on a frame of 1280 x 960", 1000 * taken, 0, "ms", 60)
    fingers = FingerEngine(child, 120)
    random = np.random.default_rng(7)
    for what, data in (
        ("noise of 2000 x 2000", png(random.integers(0, 256, (2000, 2000), dtype=np.uint8))),
        ("noise of 800 x 800, the largest that is read", png(random.integers(0, 256, (800, 800), dtype=np.uint8))),
        ("a picture cut off", finger_sets.CACHE.impression(0, 0)[:20_000]),
        ("one pixel", png(np.zeros((1, 1), np.uint8))),
    ):
        began = _busy(child) + time.process_time()
        walls = seconds(lambda data=data: _refused(fingers, data))
        yield Row(f"hostile: {what}: processor", _busy(child) + time.process_time() - began, 0, "s", 2.0)
        yield Row(f"hostile: {what}: waited", walls, 0, "s")


def _refused(fingers: FingerEngine, data: bytes) -> Any:
    try:
        return fingers.extract(data)
    except DeviceFault as fault:
        return fault.code


if __name__ == "__main__":
    began = time.monotonic()
    code = main(sys.argv[1] if len(sys.argv) > 1 else None)
    print(f"{time.monotonic() - began:.0f} s in all")
    sys.exit(code)
