"""The reader's process: it survives the service's restart, and its parent's death ends it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from appliance.drivers.transport_pcsc import PcscTransport, parse_uri
from appliance.faults import DeviceFault, FaultCode
from hw_sim.card_station import CardStation
from hw_sim.pcscd import Pcscd
from hw_sim.world import When

pytestmark = pytest.mark.daemons

ORPHAN = """
import sys
from appliance.clock import Deadline
from appliance.drivers.transport_pcsc import PcscTransport, parse_uri
transport = PcscTransport(parse_uri(sys.argv[1]))
transport.connect(Deadline.after(5))
print(transport.process_id, flush=True)
transport.transmit(bytes.fromhex("00A4040008F04B545053494D0100"), Deadline.after(60))
"""


def gone(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        Event().wait(0.05)
    return False


def test_a_restarted_service_is_found_again(tmp_path: Path) -> None:
    service = Pcscd(tmp_path)
    service.start()
    transport = PcscTransport(parse_uri(service.uri(0)))
    assert service.reader_name(0) in transport.readers()
    service.stop()
    with pytest.raises(DeviceFault) as fault:
        transport.readers()
    assert fault.value.code is FaultCode.ENCODER_NO_SERVICE
    service.start()
    assert service.reader_name(0) in transport.readers()
    assert transport.present() is False
    transport.close()
    service.stop()


def test_a_killed_parent_does_not_leave_its_reader_process_behind(card_station: CardStation) -> None:
    card_station.encoder.insert(card_station.blank())
    card_station.world.on(When("apdu", {"slot": 0, "n": 1}), lambda event: card_station.encoder.mute())
    before = card_station.world.count("apdu")
    line = [sys.executable, "-c", ORPHAN, card_station.chip_encoder_uri]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert card_station.world.wait_for(lambda world: world.count("apdu") > before, 5)
        parent.kill()
        parent.wait()
    assert gone(child, 6)
    card_station.encoder.remove()
