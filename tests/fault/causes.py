"""How each fault is caused: what hands, machines, cards and networks do at the bench."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from benches import Bench
from books import new_case
from card_files import issuer

from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine
from appliance.central.siak import ManualSiak
from appliance.chip import condition
from appliance.chip.profile import load
from appliance.clock import to_local
from appliance.drivers.chip_encoder import open_chip_encoder
from appliance.drivers.secure_access_module import open_secure_access_module
from appliance.records import cases, quota
from hw_sim.card import CardFactory
from hw_sim.card_files import LifeCycle, Role
from hw_sim.card_keys import MasterKeys
from hw_sim.card_station import SAM_PIN
from hw_sim.central.offices import HEAD_NIK
from hw_sim.central.wire import Trouble
from hw_sim.key_card import PIN_TRIES
from hw_sim.people import Person
from hw_sim.sbi_identity import make_identity
from hw_sim.sbi_service import SERIAL
from hw_sim.signatures import PenSample
from hw_sim.world import Event, When

Cause = Callable[[Bench], object]


def scanner(**levers: object) -> Cause:
    def cause(bench: Bench) -> None:
        for name, value in levers.items():
            setattr(bench.works.scanner.levers, name, value)

    return cause


def silent_scanner(bench: Bench) -> None:
    bench.world.facts["captures"] = bench.world.count("capture")
    bench.works.scanner.levers.silent = True


def glass_free_again(bench: Bench) -> None:
    """The service ends the capture that nobody waits for any more."""
    before = bench.world.facts.pop("captures")
    assert bench.world.wait_for(lambda world: world.count("capture") != before, 15)


def no_engine(bench: Bench) -> None:
    """The wheel of the finger engine is not installed in the child's Python."""
    place = bench.counter.office.settings.data_dir / "python" / "nbis"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("raise ImportError")
    os.environ["PYTHONPATH"] = str(place.parent)
    bench.fingers = bench.counter.machines.fingers
    bench.counter.machines = replace(bench.counter.machines, fingers=FingerEngine(PictureChild()))


def engine_again(bench: Bench) -> None:
    del os.environ["PYTHONPATH"]
    bench.counter.machines.fingers.close()
    assert bench.fingers is not None
    bench.counter.machines = replace(bench.counter.machines, fingers=bench.fingers)


def tampered(how: str) -> Cause:
    def cause(bench: Bench) -> None:
        bench.works.scanner.foreign = make_identity(SERIAL)[0] if how == "device" else None
        bench.works.scanner.levers.tampering = how  # type: ignore[assignment]

    return cause


def camera(lever: str) -> Cause:
    return lambda bench: setattr(bench.works.camera.levers, lever, True)


def pad(lever: str) -> Cause:
    return lambda bench: setattr(bench.pad.levers, lever, True)  # type: ignore[union-attr]


def somebody(place: str, person: Person | None) -> Cause:
    return lambda bench: (
        bench.world.people.pop(place, None) if person is None else bench.world.people.update({place: person})
    )


class OneDot(Person):
    """Somebody who only taps the pad."""

    def signature(self) -> tuple[tuple[PenSample, ...], ...]:
        return ((PenSample(40.0, 20.0, 0.5, 0), PenSample(40.5, 20.2, 0.5, 8)),)


def sheets(verb: str) -> Cause:
    return lambda bench: getattr(bench.works.sheet_printer, verb)()


def cards(verb: str) -> Cause:
    return lambda bench: getattr(bench.works.card_printer, verb)()


def reason(keyword: str) -> Cause:
    return lambda bench: bench.works.sheet_printer._trouble(keyword)


def queue(command: str) -> Cause:
    return lambda bench: bench.works.cups.run(command, "KK")


def while_printing(verb: str, event: str = "printing") -> Cause:
    def cause(bench: Bench) -> None:
        bench.world.on(When(event, {"printer": "card"}), lambda _: getattr(bench.works.card_printer, verb)())

    return cause


def at_command(act: str, event: str = "apdu", **facts: object) -> Cause:
    """The encoder's slot does `act` when this command of the chip comes."""

    def cause(bench: Bench) -> None:
        uid = {} if bench.blank is None else {"uid": bench.blank.uid.hex()}
        bench.world.on(When(event, {"slot": 0, **uid, **facts}), lambda _: getattr(bench.works.cards.encoder, act)())

    return cause


def lay_again(bench: Bench) -> None:
    bench.works.cards.encoder.insert(bench.blank)  # type: ignore[arg-type]


def take_away(bench: Bench) -> None:
    bench.works.cards.encoder.remove()


def another_card(bench: Bench) -> None:
    bench.works.cards.encoder.insert(bench.works.cards.blank())


def used_card(bench: Bench) -> None:
    """A card on which somebody has begun before."""
    other = bench.works.cards.blank()
    other.files.create(0x0101, 0x01, 20, Role.PERSO)
    bench.works.cards.encoder.insert(other)


def anothers_card(bench: Bench) -> None:
    """The blank that was begun for other work."""
    other = bench.works.cards.blank()
    with bench.counter.store.write() as tx:
        cases.add_evidence(tx, new_case(tx), "card", position=0, name="A002", state="making", uid=other.uid.hex())
    bench.works.cards.encoder.insert(other)


def does_not_lock(bench: Bench) -> None:
    assert bench.blank is not None
    bench.blank.files.unlocked_for = frozenset(Role)


def key_card_on_the_encoder(bench: Bench) -> None:
    bench.works.cards.slots[1].remove()
    bench.works.cards.encoder.insert(bench.works.cards.sam)


def no_such_reader(bench: Bench) -> None:
    socket = bench.works.cards.pcscd.socket_path
    bench.instead("chip_encoder", open_chip_encoder(f"pcsc:No%20such%20reader?socket={socket}"))


def no_such_service(bench: Bench) -> None:
    bench.instead("chip_encoder", open_chip_encoder("pcsc:ACS?socket=/run/no-such-service"))


def right_devices(bench: Bench) -> None:
    for name in ("chip_encoder", "secure_access_module"):
        bench.instead(name, bench.works.devices[name])


def no_key_card(bench: Bench) -> None:
    bench.works.cards.slots[1].remove()
    bench.works.devices["secure_access_module"].close()


def wrong_pin(bench: Bench) -> None:
    bench.works.devices["secure_access_module"].close()
    uri = bench.works.cards.secure_access_module_uri
    bench.instead("secure_access_module", open_secure_access_module(uri, "000000"))


def used_up_pin(bench: Bench) -> None:
    bench.works.cards.sam.tries = 0
    bench.works.devices["secure_access_module"].close()
    bench.instead(
        "secure_access_module", open_secure_access_module(bench.works.cards.secure_access_module_uri, SAM_PIN)
    )


def tries_given_back(bench: Bench) -> None:
    bench.works.cards.sam.tries = PIN_TRIES
    right_devices(bench)


def other_makers(bench: Bench) -> None:
    assert bench.blank is not None
    bench.works.cards.encoder.insert(CardFactory(MasterKeys.fresh()).blank(bench.blank.uid))


def terminated(bench: Bench) -> None:
    assert bench.blank is not None
    devices = bench.works.devices
    condition.terminate(
        devices["chip_encoder"], devices["secure_access_module"], load("ktpsim-1"), bench.blank.uid  # type: ignore[arg-type]
    )  # fmt: skip


def forgets(bench: Bench) -> None:
    """A page of the chip does not hold what is written to it."""
    card = bench.blank
    assert card is not None

    def forget(event: Event) -> None:
        if card.life_cycle is not LifeCycle.ACTIVATED and "DG2" in card.dump():
            content = card.files.find(0x0102).content
            content[300] = 0x55 if content[300] != 0x55 else 0xAA

    bench.world.on(When("apdu", {"slot": 0, "ins": "B0", "uid": card.uid.hex()}), forget, once=False)


def no_profile(bench: Bench) -> None:
    bench.counter.machines = replace(bench.counter.machines, profile=None)


def strange_packet(bench: Bench) -> None:
    bench.counter.machines = replace(bench.counter.machines, packet_roots=issuer().root_pem)


def large_packet(bench: Bench) -> None:
    bench.packet(portrait=7000)


def network(bench: Bench) -> None:
    bench.works.offices.close()


def office(name: str, call: str, trouble: Trouble) -> Cause:
    return lambda bench: bench.works.offices.troubles.cause(name, call, trouble)


def quota_spent(bench: Bench) -> None:
    with bench.counter.store.write() as tx:
        quota.told(tx, to_local(tx.now).date(), 0)


def by_hand(bench: Bench) -> None:
    bench.counter.offices = replace(bench.counter.offices, siak=ManualSiak())


def centre_by_hand(bench: Bench) -> None:
    bench.counter.offices = replace(bench.counter.offices, centre=None)


def passphrase(words: str | None) -> Cause:
    def cause(bench: Bench) -> None:
        bench.counter.lent.clear()
        if words is not None:
            bench.counter.lent[bench.case] = words

    return cause


def signer_suspended(bench: Bench) -> None:
    bench.works.offices.esign.set_status(HEAD_NIK, "SUSPEND")


def strange_signer(bench: Bench) -> None:
    bench.counter.offices = replace(bench.counter.offices, esign_roots=issuer().root_pem)
