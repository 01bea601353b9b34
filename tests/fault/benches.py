"""The benches of the fault suite: books of an office brought to where one step is about to be done, on the works."""

from __future__ import annotations

import base64
import functools
from dataclasses import dataclass, replace
from typing import Any

import card_files as made
from case_files import complete
from counter import Counter
from works import Works

from appliance.app.deviced import STEPS as DEVICE_STEPS
from appliance.app.syncd import STEPS as OFFICE_STEPS
from appliance.biometrics.engine import FingerEngine
from appliance.devices import Device
from appliance.issuance.rack import DeviceRack
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import work_one
from appliance.records import audit, blanks, cases
from hw_sim.card import KtpCard
from hw_sim.central.personalisation import CardOrder, sign_packet
from hw_sim.signature_pad import SignaturePad
from hw_sim.world import World


@dataclass
class Bench:
    """One case, one job about to be done, and the works around it."""

    works: Works
    counter: Counter
    case: str
    kind: str
    key: str = ""
    blank: KtpCard | None = None
    pad: SignaturePad | None = None
    fingers: FingerEngine | None = None

    @property
    def world(self) -> World:
        return self.works.world

    @property
    def lane(self) -> str:
        steps: dict[str, Any] = {**DEVICE_STEPS, **OFFICE_STEPS}  # type: ignore[dict-item]
        return next(lane for lane, kinds in steps.items() if self.kind in kinds)

    def do(self) -> Job:
        """Do the job once, as the lane's worker would; how it stands afterwards."""
        steps: dict[str, Any] = {**DEVICE_STEPS, **OFFICE_STEPS}[self.lane]  # type: ignore[dict-item]
        context = self.counter.machines if self.lane in DEVICE_STEPS else self.counter.offices
        handlers = {kind: functools.partial(step, context) for kind, step in steps.items()}
        assert work_one(self.counter.store, self.lane, "test", handlers)
        return self.counter.job(self.key)

    def again(self) -> Job:
        """The person whom the fault names has acted; the job is done once more."""
        with self.counter.store.write() as tx:
            jobs.release(tx, self.key)
        self.counter.clock.go(120)
        job = self.do()
        if job.state == "ready":  # the device was still at the work that the step had given up
            self.counter.clock.go(120)
            job = self.do()
        return job

    def instead(self, name: str, device: Device) -> None:
        """Another device in this place of the rack."""
        rack = DeviceRack({**self.works.devices, name: device})
        self.counter.machines = replace(self.counter.machines, rack=rack)

    def kept(self) -> list[tuple[object, ...]]:
        """All that the case has been given so far."""
        with self.counter.store.read() as tx:
            rows = [
                one
                for kind in ("finger", "template", "photo", "signature", "kk_draft", "kk_signed", "card", "packet")
                for one in cases.evidence_of(tx, self.case, kind)
            ]
            assert audit.verify(tx)[1] is None and blanks.balance(tx)[1] is None
        record = self.counter.case(self.case)
        for one in rows:
            if one.blob:
                assert self.counter.office.vault.get(record.id, record.wrapped_key, one.blob)
        return [(one.kind, one.name, one.state, one.sha256) for one in rows]

    def packet(self, portrait: int = 3800) -> None:
        """What the centre sends for the blank on the encoder; its job to write it."""
        assert self.blank is not None
        counter, serial = self.counter, "A001"
        with counter.store.read() as tx:
            order = jobs.by_key(tx, f"personalise:{serial}")
        assert order is not None
        key = base64.b64decode(str(order.payload["aa_public_key"]))
        nik, number = str(counter.person(self.case).nik), counter.case(self.case).kk_number
        files = [
            {
                "fid": f"{made.FIDS[name]:04X}",
                "sfi": f"{made.sfi(name):02X}",
                "data": base64.b64encode(data).decode(),
            }
            for name, data in made.files_of(complete(), nik, str(number), key, self.works.who, portrait).items()
        ]
        uid = self.blank.uid.hex()
        made_for = CardOrder(f"card-{serial}", uid, serial, key)
        signer = self.works.offices.authorities.packet_signer
        jws = sign_packet(made_for, nik, ["right_index", "left_index"], files, signer, counter.clock.now)
        record = counter.case(self.case)
        blob = counter.office.vault.put(record.id, record.wrapped_key, jws.encode())
        with counter.store.write() as tx:
            cases.add_evidence(tx, record.id, "packet", position=0, name=serial, blob=blob, sha256="")
            where: dict[str, Any] = {"case_id": record.id, "position": 0}
            jobs.put(tx, "encoder", "encode", f"encode:{serial}", serial=serial, uid=uid, **where)
