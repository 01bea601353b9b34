"""How a family card that was withdrawn for a deleted NIK is made anew, from the operator to the signature."""

from __future__ import annotations

from counter import Counter

from appliance.casework.roles import Role

KEPT = "9901014101800001"


def decided(counter: Counter, case: str, kept: str = KEPT, position: int = 0) -> None:
    """The Kasi says of this resident's double data which NIK is kept."""
    double = {"cause": "GANDA", "kept_nik": kept, "ticket": "H-7"}
    counter.do("end_ktp", Role.KASI, case, resident=position, **double)


def corrected_in_siak(counter: Counter, case: str, kept: str = KEPT, position: int = 0) -> None:
    """A person moved the kept NIK into the family in SIAK: no call of it does."""
    given = counter.siak.given[case].niks[position]
    counter.siak.entered[kept] = {**counter.siak.entered[given], "nik": kept}


def family_card_anew(counter: Counter, case: str) -> None:
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    counter.signature_arrived(case, b"%PDF signed anew")
