"""The bus itself: usbfs nodes and uevents through umockdev, their URBs handed to whoever holds our standard input.

Its own program, run by the system's Python (PyGObject has no wheel) under `umockdev-wrapper`; `hw_sim.usb_bus` starts
it. It knows no device: every URB goes out as one JSON line, and comes back as one.

In: `plug` (node, record), `unplug` (node, paths), `done` (urb, status, data). Out: `ready` (directory),
`plugged`, `unplugged`, `urb` (urb, node, kind, endpoint, length, data), `discarded` (urb), `reset` (node).
The numbers are those of linux/usbdevice_fs.h; offsets in `struct usbdevfs_urb` are those of 64-bit machines.
"""

from __future__ import annotations

import errno
import json
import os
import struct
import sys
import threading
import traceback
from collections import deque
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

SUBMIT, DISCARD, REAP, REAP_NOW, CAPABILITIES, DRIVER, DRIVER_IOCTL = 0x0A, 0x0B, 0x0C, 0x0D, 0x1A, 0x08, 0x12
CLAIM, DISCONNECT_CLAIM, RELEASE = 0x0F, 0x1B, 0x10
RESET = 0x14
QUIET = frozenset({0x04, 0x05, 0x15, 0x1C})
"""Set interface, set configuration, clear halt, and free streams: done by the host alone."""
ZERO_PACKET_AND_BULK_CONTINUATION = b"\x05\0\0\0"
URB_BYTES = 56
ROOT_HUB = "\n".join((
    "P: /devices/pci0000:00/0000:00:14.0/usb1",
    "N: bus/usb/001/001=12010002090001406B1D020005060302010109021900010100E0000904000001090000000705810304000C",
    "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_device", "E: DRIVER=usb", "E: BUSNUM=001", "E: DEVNUM=001",
    "E: DEVNAME=/dev/bus/usb/001/001", "E: MAJOR=189", "E: MINOR=0", "E: PRODUCT=1d6b/2/605",
    "A: busnum=1\\n", "A: devnum=1\\n", "A: idVendor=1d6b\\n", "A: idProduct=0002\\n", "A: bcdDevice=0605\\n",
    "A: bConfigurationValue=1\\n", "A: bNumConfigurations=1\\n", "A: bNumInterfaces= 1\\n", "A: speed=480\\n",
    "A: product=xHCI Host Controller\\n",
    "H: descriptors=12010002090001406B1D020005060302010109021900010100E0000904000001090000000705810304000C",
    "", "",
))  # fmt: skip
"""What every bus of a real machine has; libfprint 1.94.5 aborts the program for a device that hangs on none."""
CONTROL = 2
SETUP_BYTES = 8
REAP_PATIENCE_MS = 10
"""How long an empty reap is held back: a node of umockdev always looks ready, and libusb would spin."""


class Transfer:
    """One URB in the memory of the program that submitted it; touched only while that program waits in a call."""

    def __init__(self, client: Any, urb: Any) -> None:
        self.client, self.urb = client, urb
        raw = bytes(urb.retrieve())
        self.kind, self.endpoint = raw[0], raw[1]
        self.length = struct.unpack_from("<i", raw, 24)[0]
        self.buffer = urb.resolve(16, self.length) if self.length > 0 else None
        self.data = b"" if self.buffer is None else bytes(self.buffer.retrieve())
        self.status = 0
        self.answer = b""

    @property
    def bulk_in(self) -> bool:
        return self.kind != CONTROL and bool(self.endpoint & 0x80)

    def deliver(self) -> None:
        start = SETUP_BYTES if self.kind == CONTROL else 0
        inward = bool((self.data[0] if self.kind == CONTROL else self.endpoint) & 0x80)
        answer = self.answer[: self.length - start] if inward else b""
        if answer and self.buffer is not None:
            self.buffer.update(start, answer)
        moved = len(answer) if inward or self.status else self.length - start
        self.urb.update(4, struct.pack("<i", self.status))
        self.urb.update(28, struct.pack("<i", moved))


class Node:
    """One device node and the URBs under way on it, by client and by their address in the client's memory."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.gone = False
        self.claimed: set[Any] = set()
        self.base = UMockdev.IoctlBase()
        self.flying: dict[int, Transfer] = {}
        self.done: dict[Any, deque[Transfer]] = {}
        self.waiting: dict[Any, int] = {}


class Bus:
    """Every node of the testbed."""

    def __init__(self) -> None:
        self.testbed = UMockdev.Testbed.new()
        self.testbed.add_from_string(ROOT_HUB)
        self.nodes: dict[str, Node] = {}
        self.count = 0
        self.old: list[Node] = []
        self.heard_so_far = b""
        self.lock = threading.RLock()

    def say(self, word: str, **facts: object) -> None:
        sys.stdout.write(json.dumps({"say": word, **facts}) + "\n")
        sys.stdout.flush()

    def heard(self, channel: Any, condition: Any) -> bool:
        piece = os.read(sys.stdin.fileno(), 1 << 20)
        if not piece:
            loop.quit()
            return False
        *lines, self.heard_so_far = (self.heard_so_far + piece).split(b"\n")
        for line in lines:
            order = json.loads(line)
            try:
                with self.lock:
                    getattr(self, order.pop("do"))(**order)
            except BaseException:  # noqa: BLE001 - GLib would print it and go on without a bus
                traceback.print_exc()
                os._exit(1)
        return True

    def plug(self, node: str, record: str) -> None:
        one = self.nodes[node] = Node(node)
        one.base.connect("handle-ioctl", self.asked, one)
        # Adding sends the uevent: a program may open the node before the next line here runs.
        self.testbed.attach_ioctl(node, one.base)
        self.testbed.add_from_string(record)
        self.say("plugged", node=node)

    def unplug(self, node: str, paths: list[str]) -> None:
        one = self.nodes.pop(node)
        one.gone = True
        for urb in list(one.flying):
            self.finish(one, urb, -errno.ESHUTDOWN, b"")
        for client in list(one.waiting):
            self.reaped(one, client)
        for path in reversed(paths):
            self.testbed.uevent("/sys" + path, "remove")
        self.testbed.detach_ioctl(node)
        for path in reversed(paths):
            self.testbed.remove_device("/sys" + path)
        self.old = [*self.old[-8:], one]
        self.say("unplugged", node=node)

    def done(self, node: str, urb: int, status: int, data: str) -> None:
        one = self.nodes.get(node)
        if one is not None and urb in one.flying:
            self.finish(one, urb, status, bytes.fromhex(data))

    def finish(self, node: Node, number: int, status: int, data: bytes) -> None:
        """Keep the outcome until it is reaped: a client's memory can be reached only while it waits in a call."""
        transfer = node.flying.pop(number)
        transfer.status, transfer.answer = status, data
        node.done.setdefault(transfer.client, deque()).append(transfer)
        if transfer.client in node.waiting:
            self.reaped(node, transfer.client)

    def reaped(self, node: Node, client: Any) -> bool:
        """Answer a reap that was held back: with an URB, or with nothing yet."""
        timer = node.waiting.pop(client, None)
        if timer is None:
            return False
        if timer:
            GLib.source_remove(timer)
        self.reap(node, client)
        return False

    def late(self, node: Node, client: Any) -> bool:
        with self.lock:
            if client in node.waiting:
                node.waiting[client] = 0
                self.reaped(node, client)
        return False

    def reap(self, node: Node, client: Any) -> None:
        ready = node.done.get(client)
        if ready:
            transfer = ready.popleft()
            transfer.deliver()
            client.get_arg().resolve(0, 8).set_ptr(0, transfer.urb)
            client.complete(0, 0)
        else:
            client.complete(-1, errno.ENODEV if node.gone else errno.EAGAIN)

    def sweep(self, node: Node) -> None:
        """Forget programs that have closed the node or died; umockdev tells of it only when asked."""
        owners = {transfer.client for transfer in node.flying.values()} | node.claimed | set(node.done)
        for client in owners:
            if not client.get_connected():
                node.done.pop(client, None)
                node.claimed.discard(client)
                for number, transfer in list(node.flying.items()):
                    if transfer.client is client:
                        del node.flying[number]
                        self.say("discarded", node=node.path, urb=number)

    def asked(self, base: Any, client: Any, node: Node) -> bool:
        """An ioctl; umockdev asks from a thread of its own."""
        with self.lock:
            self.serve(client, node)
        return True

    def serve(self, client: Any, node: Node) -> None:
        request = client.get_request() & 0xFF
        if request in (REAP, REAP_NOW):
            under_way = any(transfer.client is client for transfer in node.flying.values())
            if node.done.get(client) or node.gone or not under_way:
                self.reap(node, client)
            else:
                node.waiting[client] = GLib.timeout_add(REAP_PATIENCE_MS, self.late, node, client)
        elif request == DISCARD:
            self.discard(node, client)
        elif node.gone:
            client.complete(-1, errno.ENODEV)
        elif request == CAPABILITIES:
            client.get_arg().resolve(0, 4).update(0, ZERO_PACKET_AND_BULK_CONTINUATION)
            client.complete(0, 0)
        elif request == SUBMIT:
            self.submit(node, client)
        elif request in (CLAIM, DISCONNECT_CLAIM):
            self.claim(node, client)
        elif request == RELEASE:
            node.claimed.discard(client)
            client.complete(0, 0)
        elif request == RESET:
            for number in list(node.flying):
                self.finish(node, number, -errno.ESHUTDOWN, b"")
            self.say("reset", node=node.path)
            client.complete(0, 0)
        elif request in QUIET:
            client.complete(0, 0)
        elif request in (DRIVER, DRIVER_IOCTL):
            client.complete(-1, errno.ENODATA)
        else:
            client.complete(-1, errno.ENOTTY)

    def claim(self, node: Node, client: Any) -> None:
        """Give the interface to one program at a time."""
        self.sweep(node)
        if node.claimed - {client}:
            client.complete(-1, errno.EBUSY)
        else:
            node.claimed.add(client)
            client.complete(0, 0)

    def submit(self, node: Node, client: Any) -> None:
        self.count += 1
        transfer = Transfer(client, client.get_arg().resolve(0, URB_BYTES))
        node.flying[self.count] = transfer
        data = b"" if transfer.bulk_in else transfer.data
        facts = {"kind": transfer.kind, "endpoint": transfer.endpoint, "length": transfer.length, "data": data.hex()}
        client.complete(0, 0)
        self.say("urb", node=node.path, urb=self.count, **facts)

    def discard(self, node: Node, client: Any) -> None:
        address = int.from_bytes(bytes(client.get_arg().retrieve()), sys.byteorder)
        for number, transfer in list(node.flying.items()):
            if transfer.client is client and transfer.urb.client_addr == address:
                self.finish(node, number, -errno.ENOENT, b"")
                self.say("discarded", node=node.path, urb=number)
                client.complete(0, 0)
                return
        client.complete(-1, errno.EINVAL)


if __name__ == "__main__":
    loop = GLib.MainLoop()
    bus = Bus()
    bus.say("ready", directory=bus.testbed.get_root_dir())
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IOCondition.IN | GLib.IOCondition.HUP, bus.heard)
    loop.run()
