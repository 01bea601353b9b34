"""The papers' values as the plain data that the templates read; pure."""

from __future__ import annotations

from collections import Counter
from datetime import date

from appliance.documents.qr import qr_svg
from appliance.documents.values import (
    MEMBERS_PER_SHEET,
    CardFace,
    DestructionMinutes,
    DocumentRefused,
    FaceMinutes,
    FamilyCard,
    FamilyMember,
    Letterhead,
    Receipt,
    ReportSlip,
    ReturnSlip,
    SopMonthPaper,
)

FAMILY_CARD_QR_MM = 24.0
SLIP_QR_MM = 34.0

Data = dict[str, object]


def day(value: date | None) -> str:
    """A date as Indonesian documents write it, DD-MM-YYYY; nothing is "-"."""
    return "-" if value is None else value.strftime("%d-%m-%Y")


def shown(text: str) -> str:
    """The text, or "-" for nothing."""
    return text.strip() or "-"


def _letterhead(letterhead: Letterhead) -> Data:
    return {"city": letterhead.city, "office": letterhead.office, "address": letterhead.address}


def _image(content: bytes | None, field: str) -> list[int] | None:
    if content is None:
        return None
    if not content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise DocumentRefused(field, "neither JPEG nor PNG")
    return list(content)


def _member(member: FamilyMember) -> list[str]:
    return [
        shown(member.full_name),
        shown(member.nik),
        shown(member.sex),
        shown(member.birth_place),
        day(member.birth_date),
        shown(member.religion),
        shown(member.education),
        shown(member.occupation),
        shown(member.blood_type),
        shown(member.marital_status),
        day(member.marriage_date),
        shown(member.family_relation),
        shown(member.citizenship),
        shown(member.passport_number),
        shown(member.stay_permit_number),
        shown(member.father_name),
        shown(member.mother_name),
    ]


def family_card_data(card: FamilyCard) -> Data:
    """The family card's data: sheets of ten rows of 17 columns, the last sheet filled up with "-".

    Raises `DocumentRefused` for a card without members or with more than 99.
    """
    if not 1 <= len(card.members) <= 99:
        raise DocumentRefused("members", "a family card has 1 to 99 members")
    rows = [_member(member) for member in card.members]
    rows += [["-"] * 17] * (-len(rows) % MEMBERS_PER_SHEET)
    return {
        "kk_number": shown(card.kk_number),
        "head_name": shown(card.head_name),
        "address": shown(card.address),
        "neighbourhood": f"{shown(card.rt)}/{shown(card.rw)}",
        "postal_code": shown(card.postal_code),
        "village": shown(card.village),
        "district": shown(card.district),
        "city": shown(card.city),
        "province": shown(card.province),
        "sheets": [rows[first : first + MEMBERS_PER_SHEET] for first in range(0, len(rows), MEMBERS_PER_SHEET)],
        "issued_on": day(card.issued_on),
        "signer_title": shown(card.signer_title),
        "signer_name": shown(card.signer_name),
        "signer_nip": shown(card.signer_nip),
        "qr": qr_svg(card.verification_link, FAMILY_CARD_QR_MM, "verification_link"),
        "qr_mm": FAMILY_CARD_QR_MM,
        "specimen": card.specimen,
    }


def card_face_data(face: CardFace) -> Data:
    """The card's lines in the order in which a KTP-el prints them; `-` stands for an unknown blood group."""
    born = f"{shown(face.birth_place)}, {day(face.birth_date)}"
    return {
        "province": face.province.upper(),
        "city": face.city.upper(),
        "nik": shown(face.nik),
        "rows": [
            ["full_name", "Nama", shown(face.full_name)],
            ["birth_place", "Tempat/Tgl Lahir", born],
            ["sex", "Jenis Kelamin", shown(face.sex)],
            ["address", "Alamat", shown(face.address)],
            ["rt", "RT/RW", f"{shown(face.rt)}/{shown(face.rw)}"],
            ["village", "Kel/Desa", shown(face.village)],
            ["district", "Kecamatan", shown(face.district)],
            ["religion", "Agama", shown(face.religion)],
            ["marital_status", "Status Perkawinan", shown(face.marital_status)],
            ["occupation", "Pekerjaan", shown(face.occupation)],
            ["citizenship", "Kewarganegaraan", shown(face.citizenship)],
            ["valid_until", "Berlaku Hingga", shown(face.valid_until)],
        ],
        "blood_type": shown(face.blood_type),
        "photo": _image(face.photo, "photo"),
        "signature": _image(face.signature, "signature"),
        "signature_note": shown(face.signature_note),
        "issue_place": shown(face.issue_place).upper(),
        "issued_on": day(face.issued_on),
        "labels": face.labels,
        "specimen": face.specimen,
    }


def receipt_data(receipt: Receipt) -> Data:
    """The handover receipt's data; raises `DocumentRefused` if it lists no document."""
    if not receipt.documents:
        raise DocumentRefused("documents", "a receipt lists at least one document")
    return {
        "letterhead": _letterhead(receipt.letterhead),
        "case_code": receipt.case_code,
        "documents": [[shown(each.kind), shown(each.number), str(each.count)] for each in receipt.documents],
        "receiver_name": shown(receipt.receiver_name),
        "relation": shown(receipt.relation),
        "verification": shown(receipt.verification),
        "officer_name": shown(receipt.officer_name),
        "place": shown(receipt.place),
        "handed_over_at": shown(receipt.handed_over_at),
        "specimen": receipt.specimen,
    }


def return_slip_data(slip: ReturnSlip) -> Data:
    """The return slip's data; raises `DocumentRefused` if it names no missing paper."""
    if not slip.missing:
        raise DocumentRefused("missing", "a return slip names at least one paper")
    return {
        "letterhead": _letterhead(slip.letterhead),
        "case_code": slip.case_code,
        "missing": [[shown(each.paper), shown(each.reason), shown(each.remedy)] for each in slip.missing],
        "note": slip.note.strip(),
        "returned_at": shown(slip.returned_at),
        "officer_role": shown(slip.officer_role),
        "qr": qr_svg(slip.status_link, SLIP_QR_MM, "status_link"),
        "qr_mm": SLIP_QR_MM,
        "specimen": slip.specimen,
    }


def report_slip_data(slip: ReportSlip) -> Data:
    """The report slip's data."""
    return {
        "letterhead": _letterhead(slip.letterhead),
        "case_code": slip.case_code,
        "next_steps": list(slip.next_steps),
        "reported_at": shown(slip.reported_at),
        "qr": qr_svg(slip.status_link, SLIP_QR_MM, "status_link"),
        "qr_mm": SLIP_QR_MM,
        "specimen": slip.specimen,
    }


def face_minutes_data(minutes: FaceMinutes) -> Data:
    """The data of the minutes on a handover by face; raises `DocumentRefused` unless two people answer for it."""
    if minutes.officer.name.strip().casefold() == minutes.second.name.strip().casefold():
        raise DocumentRefused("second", "the second officer is another person than the first")
    return {
        "letterhead": _letterhead(minutes.letterhead),
        "case_code": minutes.case_code,
        "nik": shown(minutes.nik),
        "holder_name": shown(minutes.holder_name),
        "cause": shown(minutes.cause),
        "tries": [shown(each) for each in minutes.tries],
        "place": shown(minutes.place),
        "handed_over_at": shown(minutes.handed_over_at),
        "officers": [[shown(each.name), shown(each.office)] for each in (minutes.officer, minutes.second)],
        "specimen": minutes.specimen,
    }


def destruction_minutes_data(minutes: DestructionMinutes) -> Data:
    """The minutes' data, with the count for each cause.

    Raises `DocumentRefused` if no card is listed, a blank is listed twice, or fewer than two people other than the
    officer witnessed it.
    """
    if not minutes.cards:
        raise DocumentRefused("cards", "minutes list at least one card")
    if len({card.blank for card in minutes.cards}) != len(minutes.cards):
        raise DocumentRefused("cards", "a blank is listed twice")
    names = [witness.name.strip().casefold() for witness in (minutes.officer, *minutes.witnesses)]
    if len(minutes.witnesses) < 2 or len(set(names)) != len(names):
        raise DocumentRefused("witnesses", "a destruction has two witnesses, each another person than the officer")
    causes = Counter(card.cause for card in minutes.cards)
    return {
        "letterhead": _letterhead(minutes.letterhead),
        "number": shown(minutes.number),
        "destroyed_on": day(minutes.destroyed_on),
        "place": shown(minutes.place),
        "method": shown(minutes.method),
        "cards": [[shown(card.blank), shown(card.cause), shown(card.detail)] for card in minutes.cards],
        "causes": [[shown(cause), str(count)] for cause, count in sorted(causes.items())],
        "officer": [shown(minutes.officer.name), shown(minutes.officer.office)],
        "witnesses": [[shown(witness.name), shown(witness.office)] for witness in minutes.witnesses],
        "specimen": minutes.specimen,
    }


def sop_month_data(paper: SopMonthPaper) -> Data:
    """The month's report."""
    return {
        "letterhead": _letterhead(paper.letterhead),
        "month": shown(paper.month),
        "counts": [[label, str(books), str(audited)] for label, books, audited in paper.counts],
        "open_at_end": str(paper.open_at_end),
        "steps": [list(row) for row in paper.steps],
        "waits": [[label, str(number), waited] for label, number, waited in paper.waits],
        "differing": [list(row) for row in paper.differing],
        "agrees": paper.agrees,
        "printed_on": shown(paper.printed_on),
        "specimen": paper.specimen,
    }
