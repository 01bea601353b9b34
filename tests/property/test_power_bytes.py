"""What a power supply's daemon or the kernel's files say: values that hold together, or nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.devices import Power
from appliance.drivers import nut, sysfs_power
from appliance.drivers.power_words import status_of

STATUS = st.lists(st.sampled_from(["OL", "OB", "LB", "FSD", "CHRG", "WAIT", "x"])).map(" ".join)
NUMBER = st.one_of(st.text(max_size=12), st.integers().map(str), st.floats().map(str))
SUPPLY = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["Battery", "Mains", "USB", "UPS", "Wireless", "?"]),
        "scope": st.sampled_from(["System", "Device"]),
        "status": st.sampled_from(["Charging", "Discharging", "Full", "Unknown"]),
        "capacity_level": st.sampled_from(["Critical", "Low", "Normal"]),
        **dict.fromkeys(("present", "online", "capacity", "time_to_empty_now"), NUMBER),
        **dict.fromkeys(("energy_now", "power_now", "charge_now", "current_now"), NUMBER),
    },
)


def holds(power: Power) -> None:
    assert power.battery_percent is None or power.battery_percent <= 100
    status = status_of(power, "m", "s", {})
    assert (status.level == "ok") == (status.reasons == ())


@given(st.text(), st.text(alphabet=st.characters(blacklist_characters="\n")))
def test_a_quoted_value_comes_out_as_it_went_in(name: str, value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert nut.words(f'VAR x battery.charge "{quoted}"')[3] == value


@given(STATUS, NUMBER, NUMBER)
def test_any_variables_give_a_power_or_none(status: str, charge: str, runtime: str) -> None:
    power = nut.power_of({"ups.status": status, "battery.charge": charge, "battery.runtime": runtime})
    if power is None:
        assert not {"OL", "OB"} & set(status.split())
    else:
        holds(power)


@given(st.lists(SUPPLY, max_size=4), st.one_of(st.none(), st.integers(0, 2**32 - 1)), st.sampled_from([None, True]))
def test_any_files_of_the_kernel_give_a_power(
    supplies: list[dict[str, str]], bits: int | None, alarm: bool | None
) -> None:
    holds(sysfs_power.power_of(supplies, bits, alarm))
