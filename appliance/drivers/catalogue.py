"""Which driver a URI names; the only place that knows them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.devices import Device
from appliance.drivers.refused_pins import RefusedPins
from appliance.drivers.wire_log import Tap, no_tap


class NoDriver(ValueError):
    """No driver here serves this kind of device at this URI."""


def open_device(
    kind: str,
    uri: str,
    *,
    sam_pin: str = "",
    refused_pins: RefusedPins | None = None,
    scanner_roots: bytes = b"",
    tap: Tap = no_tap,
) -> Device:
    """The driver for one kind of device (a key of `[devices]`) at its URI; nothing is opened yet.

    `tap` is told what goes over the device's wire; a PIN among `refused_pins` is not tried.

    Drivers are imported only when they are asked for, so that a missing library closes one device, not the appliance.
    """
    scheme = uri.partition(":")[0]
    refused = RefusedPins() if refused_pins is None else refused_pins
    maker = _makers(uri, sam_pin, refused, scanner_roots, tap).get((kind, scheme))
    if maker is None:
        raise NoDriver(f"devices.{kind}: no driver for {scheme}:")
    return maker()


def driven() -> frozenset[tuple[str, str]]:
    """Every kind of device and URI scheme that a driver serves."""
    return frozenset(_makers("", "", RefusedPins(), b"", no_tap))


def _makers(
    uri: str, sam_pin: str, refused: RefusedPins, scanner_roots: bytes, tap: Tap
) -> Mapping[tuple[str, str], Callable[[], Device]]:
    return {
        ("chip_encoder", "pcsc"): lambda: _chip_encoder(uri, tap),
        ("secure_access_module", "pcsc"): lambda: _secure_access_module(uri, sam_pin, refused, tap),
        ("secure_access_module", "pkcs11"): lambda: _pkcs11_key_module(uri, sam_pin, refused, tap),
        ("card_printer", "ipp"): lambda: _card_printer(uri, tap),
        ("card_printer", "evolis"): lambda: _evolis_printer(uri),
        ("document_printer", "ipp"): lambda: _document_printer(uri, tap),
        ("fingerprint_scanner", "sbi"): lambda: _sbi_scanner(uri, scanner_roots, tap),
        ("fingerprint_scanner", "usb"): lambda: _usb_scanner(uri, tap),
        ("fingerprint_scanner", "serial"): lambda: _serial_scanner(uri, tap),
        ("fingerprint_scanner", "fprint"): lambda: _libfprint_scanner(uri, tap),
        ("camera", "mjpeg+http"): lambda: _mjpeg_camera(uri, tap),
        ("camera", "picamera"): lambda: _picamera(uri, tap),
        ("camera", "v4l2"): lambda: _v4l2_camera(uri, tap),
        ("signature_pad", "browser"): _screen_pad,
        ("signature_pad", "serial"): lambda: _serial_pad(uri, tap),
        ("power_supply", "nut"): lambda: _nut_supply(uri, tap),
        ("power_supply", "sysfs"): lambda: _sysfs_supply(uri, tap),
        ("receipt_printer", "ipp"): lambda: _receipt_printer(uri, tap),
        ("barcode_reader", "serial"): lambda: _barcode_reader(uri, tap),
        ("signal_light", "serial"): lambda: _serial_light(uri, tap),
        ("signal_light", "gpio"): lambda: _gpio_light(uri, tap),
    }


def _chip_encoder(uri: str, tap: Tap) -> Device:
    from appliance.drivers.chip_encoder import open_chip_encoder

    return open_chip_encoder(uri, tap=tap)


def _secure_access_module(uri: str, pin: str, refused: RefusedPins, tap: Tap) -> Device:
    from appliance.drivers.secure_access_module import open_secure_access_module

    return open_secure_access_module(uri, pin, tap=tap, refused=refused)


def _pkcs11_key_module(uri: str, pin: str, refused: RefusedPins, tap: Tap) -> Device:
    from appliance.drivers.pkcs11_key_module import open_pkcs11_key_module

    return open_pkcs11_key_module(uri, pin, refused, tap=tap)


def _card_printer(uri: str, tap: Tap) -> Device:
    from appliance.drivers.printer import card_printer

    return card_printer(uri, tap=tap)


def _document_printer(uri: str, tap: Tap) -> Device:
    from appliance.drivers.printer import document_printer

    return document_printer(uri, tap=tap)


def _sbi_scanner(uri: str, roots: bytes, tap: Tap) -> Device:
    from appliance.drivers.sbi import from_uri

    return from_uri(uri, roots, tap=tap)


def _usb_scanner(uri: str, tap: Tap) -> Device:
    number = uri.removeprefix("usb:").partition("?")[0].lower()
    maker = USB_SCANNERS.get(number)
    if maker is None:
        raise NoDriver(f"devices.fingerprint_scanner: no driver for USB device {number}")
    return maker(uri, tap)


def _nb1010(uri: str, tap: Tap) -> Device:
    from appliance.drivers.nb1010_scanner import from_uri

    return from_uri(uri, tap=tap)


USB_SCANNERS: Mapping[str, Callable[[str, Tap], Device]] = {"298d:1010": _nb1010}
"""By vendor and product as in the URI; each has its rule in systemd/60-siaga.rules."""


def _serial_scanner(uri: str, tap: Tap) -> Device:
    from appliance.drivers.zfm_scanner import from_uri

    return from_uri(uri, tap=tap)


def _libfprint_scanner(uri: str, tap: Tap) -> Device:
    from appliance.drivers.libfprint_scanner import from_uri

    return from_uri(uri, tap=tap)


def _mjpeg_camera(uri: str, tap: Tap) -> Device:
    from appliance.drivers.mjpeg_camera import from_uri

    return from_uri(uri, tap=tap)


def _picamera(uri: str, tap: Tap) -> Device:
    from appliance.drivers.camera_child import picamera

    return picamera(uri, tap=tap)


def _v4l2_camera(uri: str, tap: Tap) -> Device:
    from appliance.drivers.camera_child import v4l2_camera

    return v4l2_camera(uri, tap=tap)


def _screen_pad() -> Device:
    from appliance.drivers.screen_pad import ScreenPad

    return ScreenPad()


def _serial_pad(uri: str, tap: Tap) -> Device:
    from appliance.drivers.isdv4_pad import from_uri

    return from_uri(uri, tap=tap)


def _nut_supply(uri: str, tap: Tap) -> Device:
    from appliance.drivers.nut_supply import from_uri

    return from_uri(uri, tap=tap)


def _sysfs_supply(uri: str, tap: Tap) -> Device:
    from appliance.drivers.sysfs_supply import from_uri

    return from_uri(uri, tap=tap)


def _evolis_printer(uri: str) -> Device:
    from appliance.drivers.evolis_printer import from_uri

    return from_uri(uri)


def _receipt_printer(uri: str, tap: Tap) -> Device:
    from appliance.drivers.receipt_printer import receipt_printer

    return receipt_printer(uri, tap=tap)


def _barcode_reader(uri: str, tap: Tap) -> Device:
    from appliance.drivers.serial_barcode_reader import from_uri

    return from_uri(uri, tap=tap)


def _serial_light(uri: str, tap: Tap) -> Device:
    from appliance.drivers.signal_light import on_serial_relay

    return on_serial_relay(uri, tap=tap)


def _gpio_light(uri: str, tap: Tap) -> Device:
    from appliance.drivers.signal_light import on_gpio

    return on_gpio(uri, tap=tap)
