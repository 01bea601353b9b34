"""The outside offices together: authorities, SIAK, centre and e-sign service behind one server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hw_sim.central.centre import Centre
from hw_sim.central.data_access import DataService
from hw_sim.central.esign import EsignService
from hw_sim.central.pki import Authorities, Official, make_authorities
from hw_sim.central.script import CentreScript
from hw_sim.central.server import OfficeServer
from hw_sim.central.siak import Siak
from hw_sim.central.wire import Trouble, Troubles
from hw_sim.world import Event, World

ACCOUNT = ("siaga-simulasi", "bukan-rahasia")
HEAD_NIK = "9972014107700001"
"""The invented head of the office, who signs."""
OFFICIALS = (
    Official(HEAD_NIK, "SRI WAHYUNI KUSUMA", "kunci-kadis-simulasi", key="rsa2048"),
    Official("9972015203720002", "AGUNG NUGRAHA PUTRA", "kunci-plh-simulasi"),
    Official("9972011204680003", "MARTA HANDAYANI", "kunci-lama-simulasi", status="EXPIRED", certificate="expired"),
    Official("9972010907650004", "BUDI SANTOSO WIJAYA", "kunci-cabut-simulasi", "REVOKE", "revoked"),
)


class CentralOffices:
    """Everything outside the appliance's office, started by `open`, with its files in `directory`.

    `authorities` made before for the same officials may be given. The files: `chip-roots.pem`,
    `packet-roots.pem`, `esign-roots.pem`, `scanner-roots.pem`, `credentials.toml`.
    """

    def __init__(
        self,
        world: World,
        directory: Path,
        *,
        officials: Sequence[Official] = OFFICIALS,
        account: tuple[str, str] = ACCOUNT,
        centre_seconds: float = 20.0,
        authorities: Authorities | None = None,
    ) -> None:
        self.authorities = authorities or make_authorities(directory, officials)
        self.siak = Siak()
        self.centre = Centre(
            world, self.siak, self.authorities.document_signer, self.authorities.packet_signer, centre_seconds
        )
        self.esign = EsignService(officials, self.authorities.officials)
        self.data = DataService(self.siak, account)
        self.troubles = Troubles()
        routes = {"siak": self.siak.routes(), "centre": self.centre.routes(), "esign": self.esign.routes()}
        by_body = {"data": self.data.routes()}
        self._routes = {**routes, **by_body}
        self.server = OfficeServer(world, self._routes, account, self.troubles, frozenset(by_body))
        self.credentials = directory / "credentials.toml"
        text = "".join(
            f'[{name}]\naccount = "{account[0]}"\nsecret = "{account[1]}"\n\n' for name in (*routes, "data_access")
        )
        self.credentials.touch(mode=0o600)
        self.credentials.write_text(text, encoding="utf-8")

    def open(self) -> None:
        """Accept connections; after `close`, on the same port again."""
        self.server.open()

    def close(self) -> None:
        """Refuse connections; nothing is forgotten."""
        self.server.close()

    def config(self) -> dict[str, dict[str, str]]:
        """The sections `[central]` and `[trust]` of the appliance's configuration."""
        central = {office: self.server.url(office) for office in ("siak", "centre", "esign")}
        central["data_access"] = f"{self.server.url('data')}/dukcapil/get_json/1872/siaga"
        paths = self.authorities
        trust = {"chip": paths.chip_roots, "packet": paths.packet_roots, "esign": paths.esign_roots}
        files = {name: str(path) for name, path in {**trust, "scanner": paths.scanner_roots}.items()}
        return {"central": {**central, "credentials": str(self.credentials)}, "trust": files}

    def load_case(self, case: Mapping[str, object]) -> None:
        """Seed the register with the case's people who have a NIK, and script the centre by its `central` object.

        The mapping is a case file as in the sample cases; raises ValueError for words the centre does not know.
        """
        residents, household, central = case["residents"], case["household"], case.get("central") or {}
        if not (isinstance(residents, list) and isinstance(household, dict) and isinstance(central, dict)):
            raise ValueError("residents, household or central has the wrong shape")
        script = CentreScript(
            searches=tuple(central.get("biometric_search") or ("no_hit",)),
            enrolments=tuple(central.get("enrolment") or ("prr",)),
            person=residents[0],
        )
        self.centre.follow(script)
        known = [resident for resident in residents if resident.get("nik")]
        self.siak.seed([one for one in known if self.siak.resident(one["nik"]) is None], household)

    def disturb(self, office: str, trouble: Trouble) -> None:
        """Let every call of an office go wrong until `troubles.clear`."""
        for route in self._routes[office]:
            self.troubles.cause(office, route.call, trouble, None)

    def trouble(self, office: str, call: str, trouble: Trouble, times: int | None = 1) -> Callable[[Event], None]:
        """An action for a rule of the world: cause this trouble when the rule's event comes."""
        return lambda _: self.troubles.cause(office, call, trouble, times)
