"""What `siaga finger` and `siaga portrait` tell of pictures in files, so that an office can try its own scanner.

Scores and templates go to the terminal or to the file that was asked for, never to a log. Exit codes: 0 good, or
alike; 1 no finger, poor, not alike, or a rule broken; 2 a file that cannot be used; 3 nobody alike in the folder.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.app.said import GOOD, MISSING, USAGE, WRONG, Said
from appliance.biometrics import compact, fac, finger_files, fmr, rules
from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine, PortraitEngine
from appliance.biometrics.finger_files import Kind
from appliance.biometrics.finger_port import MAX_BYTES, NoFinger
from appliance.biometrics.fir import BadRecord
from appliance.biometrics.minutiae import BadTemplate, Template
from appliance.biometrics.portrait_rules import HINTS, Cloth, cloth_for
from appliance.config import Settings
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode

SECONDS = 10.0
"""For one question to the engine with its start; a picture within the bounds needs a tenth of it."""
LARGEST_PORTRAIT = 12_000_000
SUFFIXES = frozenset({".png", ".wsq", ".fmr", ".fir"})
ANY_FINGER = FingerPosition.RIGHT_INDEX
"""Of whose quality the strict value is asked; a file does not say which finger it shows."""


class Unusable(ValueError):
    """A file that cannot be asked about; the text names it and its mistake."""


def finger_extract(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Minutiae and quality of a picture; `--out` writes its record (ISO/IEC 19794-2:2005)."""
    with finger_engine(settings) as engine:
        try:
            template, quality = _finger(engine, Path(arguments.file))
        except Unusable as mistake:
            return _unusable(mistake)
        except DeviceFault as fault:
            return _no_finger(arguments.file, fault)
    facts = {**_facts(Path(arguments.file), template, quality), "record": arguments.out}
    if arguments.out:
        try:
            Path(arguments.out).write_bytes(fmr.write(ANY_FINGER, quality or 0, template))
        except OSError as error:
            return _unusable(Unusable(f"{arguments.out}: {error.strerror}"))
    return Said(GOOD, facts, [_line(facts)])


def finger_quality(settings: Settings, arguments: argparse.Namespace) -> Said:
    """NFIQ 2 of each picture, and whether an enrolment would take it; the worst of them is the exit code."""
    rows: list[dict[str, object]] = []
    worst = GOOD
    with finger_engine(settings) as engine:
        for name in arguments.files:
            code, row = _quality(engine, Path(name))
            worst = max(worst, code)
            rows.append(row)
    return Said(worst, {"fingers": rows}, [_line(row) for row in rows])


def finger_match(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Are these two the same finger? The score is the engine's; 40 accepts."""
    with finger_engine(settings) as engine:
        templates = []
        for name in (arguments.probe, arguments.other):
            try:
                templates.append(_finger(engine, Path(name))[0])
            except Unusable as mistake:
                return _unusable(mistake)
            except DeviceFault as fault:
                return _no_finger(name, fault)
        score = engine.match(*templates)
    verdict = rules.judge(score)
    code = GOOD if verdict is rules.Verdict.ACCEPT else WRONG
    return Said(code, {"score": score, "verdict": str(verdict)}, [f"score {score}: {verdict}"])


def finger_search(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Which fingers of a folder could be this one, best first; what cannot be used there is named and passed over."""
    names, forms = list[str](), list[bytes]()
    passed_over = list[dict[str, object]]()
    with finger_engine(settings) as engine:
        try:
            probe = _finger(engine, Path(arguments.probe))[0]
            files = _folder(Path(arguments.folder))
        except Unusable as mistake:
            return _unusable(mistake)
        except DeviceFault as fault:
            return _no_finger(arguments.probe, fault)
        for path in files:
            try:
                forms.append(compact.write(_finger(engine, path)[0]))
                names.append(path.name)
            except (Unusable, DeviceFault) as error:
                passed_over.append({"file": path.name, "why": _why(error)})
        found = engine.search(probe, forms)
    alike = [one for one in found if one.score >= rules.SEARCH_ONE_FINGER_SCORE]
    rows = [{"file": names[one.index], "score": one.score, "alike": one in alike} for one in found]
    facts: dict[str, object] = {"compared": len(forms), "found": rows, "passed_over": passed_over}
    lines = [f"{names[one.index]}  score {one.score}: possibly the same finger" for one in alike]
    lines += [f"passed over: {one['why']}" for one in passed_over]
    lines.append(f"{len(forms)} compared, {len(alike)} alike")
    return Said(GOOD if alike else MISSING, facts, lines)


def portrait_check(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Every portrait rule with what was measured; the background is judged by year of birth or cloth.

    The file is a JPEG, a PNG or a face image record (ISO/IEC 19794-5:2005) of either coding.
    """
    cloth = Cloth(arguments.cloth) if arguments.cloth else None
    if arguments.born is not None:
        cloth = cloth_for(arguments.born)
    try:
        picture = _content(Path(arguments.file), LARGEST_PORTRAIT)
        face = fac.read(picture) if picture.startswith(fac.MAGIC) else None
    except Unusable as mistake:
        return _unusable(mistake)
    except BadRecord as error:
        return _unusable(Unusable(f"{arguments.file}: {error}"))
    engine = PortraitEngine(PictureChild(), SECONDS)
    try:
        if face is not None:
            picture = face.data if face.picture is fac.Picture.JPEG else engine.redraw(face.data)
        report = engine.examine(picture, cloth)
    except DeviceFault as fault:
        if fault.code is not FaultCode.CAMERA_BROKEN_FRAME:
            raise
        return _unusable(Unusable(f"{arguments.file}: {fault.detail}"))
    finally:
        engine.close()
    rules_measured = [{"rule": one.rule, "value": one.value, "holds": one.holds} for one in report.measures]
    facts: dict[str, object] = {"accepted": report.accepted, "rules": rules_measured, "hints": list(report.hints)}
    lines = [f"{one.rule:16} {one.value:10.3f}  {'holds' if one.holds else 'BROKEN'}" for one in report.measures]
    lines += [HINTS[hint] for hint in report.hints]
    return Said(GOOD if report.accepted else WRONG, facts, [*lines, "GOOD" if report.accepted else "NOT GOOD"])


@contextmanager
def finger_engine(settings: Settings) -> Iterator[FingerEngine]:
    engine = FingerEngine(PictureChild(), SECONDS, settings.finger_engine)
    try:
        yield engine
    finally:
        engine.close()


def _finger(engine: FingerEngine, path: Path) -> tuple[Template, int | None]:
    """The template of a file and its quality, which a record may not tell; raises Unusable, or `no_finger`."""
    data = _content(path, MAX_BYTES)
    try:
        kind = finger_files.kind_of(data)
        if kind is Kind.RECORD:
            record = fmr.read(data)
            return record.template, record.quality or None
        if kind is Kind.IMAGES:
            data = finger_files.the_one_picture(data)
            kind = finger_files.kind_of(data)
        if kind is Kind.WSQ:
            finger_files.check_wsq(data)
            if importlib.util.find_spec("wsq") is None:
                raise Unusable(f"{path}: a WSQ file, and its codec (package `wsq`) is not installed here")
            data = engine.picture_of_wsq(data)
        finger_files.check_png(data)
    except (NoFinger, BadTemplate, BadRecord) as error:
        raise Unusable(f"{path}: {error}") from error
    return engine.extract(data)


def _quality(engine: FingerEngine, path: Path) -> tuple[int, dict[str, object]]:
    try:
        template, quality = _finger(engine, path)
    except Unusable as mistake:
        return USAGE, {"file": str(path), "error": str(mistake)}
    except DeviceFault as fault:
        said = _no_finger(str(path), fault)
        return said.code, {"file": str(path), **said.facts}
    good = rules.good_enough(ANY_FINGER, quality or 0, len(template.minutiae))
    return GOOD if good else WRONG, {**_facts(path, template, quality), "good_enough": good}


def _content(path: Path, largest: int) -> bytes:
    try:
        if path.stat().st_size > largest:
            raise Unusable(f"{path}: more than {largest // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error


def _folder(path: Path) -> list[Path]:
    if not path.is_dir():
        raise Unusable(f"{path}: no folder")
    return sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())


def _facts(path: Path, template: Template, quality: int | None) -> dict[str, object]:
    return {
        "file": str(path),
        "minutiae": len(template.minutiae),
        "quality": quality,
        "width": template.width,
        "height": template.height,
        "card_bytes": len(compact.write(template)),
    }


def _line(row: dict[str, object]) -> str:
    if "error" in row:
        return str(row["error"])
    verdict = {True: "  good enough", False: "  POOR"}.get(row.get("good_enough"), "")  # type: ignore[call-overload]
    return f"{row['file']}  quality {row['quality']}  {row['minutiae']} minutiae{verdict}"


def _why(error: Unusable | DeviceFault) -> str:
    return str(error) if isinstance(error, Unusable) else f"no finger: {error.detail}"


def _no_finger(name: str, fault: DeviceFault) -> Said:
    if fault.code not in {FaultCode.ENGINE_NO_FINGER, FaultCode.ENGINE_TIMEOUT}:
        raise fault
    sentence = f"{name}: shows no finger ({fault.detail})"
    return Said(WRONG, {"error": sentence, "fault": str(fault.code)}, [sentence])


def _unusable(mistake: Unusable) -> Said:
    return Said(USAGE, {"error": str(mistake)}, [str(mistake)])
