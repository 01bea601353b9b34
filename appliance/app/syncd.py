"""syncd: what leaves the machine, and no hardware: SIAK, the centre, the e-sign service, copies of the database."""

from __future__ import annotations

import functools
import sys

from appliance.app.books import Copier, opened, sound, until_it_can, watch_time
from appliance.app.chain import watch_chain
from appliance.app.lanes import Steps, start_lanes
from appliance.app.places import own_the_network, passphrase_path
from appliance.app.process import beat, start, stop_event
from appliance.app.rooms import content
from appliance.app.signers import signer_of
from appliance.app.wiping import Wiper
from appliance.central.accounts import Account, load_accounts
from appliance.central.centre import HttpCentre
from appliance.central.data_access import DataAccess
from appliance.central.siak import HttpSiak, ManualSiak
from appliance.clock import utc_millis
from appliance.config import Central, Settings
from appliance.diagnostics.timekeeping import Timekeeper
from appliance.issuance import enrolment, nik_look, personalisation, recovery, registration, signing
from appliance.issuance.offices import Offices
from appliance.queue.jobs import OFFICE_LANES
from appliance.queue.passphrase import Keeper

STEPS: Steps[Offices] = {
    "siak": {"enter": registration.enter, "call-nik": nik_look.call_nik},
    "centre": {
        "search": enrolment.search,
        "enrol": enrolment.enrol,
        "enrolment-state": enrolment.enrolment_state,
        "personalise": personalisation.personalise,
        "void": personalisation.void,
        "report-card": personalisation.report_card,
    },
    "esign": {"sign": signing.sign},
}


def run(settings: Settings) -> None:
    """Run until a signal; ends at once if another process does this work."""
    stop = stop_event()
    books = until_it_can(functools.partial(opened, settings), stop)
    if books is None:
        return
    store, vault = books
    if own_the_network(settings) is None or until_it_can(functools.partial(store.own, "network"), stop) is False:
        sys.exit("another process works with the outside offices for this appliance")
    until_it_can(functools.partial(recovery.take_over, store, OFFICE_LANES, OFFICE_LANES), stop)
    urls = settings.central
    accounts = load_accounts(urls.credentials) if urls.credentials else {}
    keeper = Keeper(passphrase_path(settings))
    timekeeper = Timekeeper(store, utc_millis, keeper=True)
    offices = Offices(
        store=store,
        vault=vault,
        settings=settings,
        clock=utc_millis,
        siak=HttpSiak(urls.siak, accounts.get("siak")) if urls.siak else ManualSiak(),
        centre=HttpCentre(urls.centre, accounts.get("centre")) if urls.centre else None,
        signer=signer_of(urls, accounts.get("esign")),
        packet_roots=content(settings.trust.packet),
        esign_roots=content(settings.trust.esign),
        take_passphrase=keeper.take,
        forget_passphrases=keeper.forget,
        return_passphrase=keeper.give_back,
        time_trouble=timekeeper.trouble,
        data_access=_data_access(urls, accounts.get("data_access")),
    )
    start(functools.partial(watch_time, timekeeper, stop), "clock")
    start(keeper.run, "passphrase")
    start_lanes(settings, store, "syncd", STEPS, offices, stop)
    if store.path is not None:
        Copier(settings, store).start(stop)
    Wiper(settings, store, vault, timekeeper.trouble).start(stop)
    start(functools.partial(watch_chain, store, stop), "chain")
    beat(stop, functools.partial(sound, store))


def _data_access(urls: Central, account: Account | None) -> DataAccess | None:
    """The registry's data service, where the office has address and account."""
    return DataAccess(urls.data_access, account) if urls.data_access and account else None
