"""A case that comes in as a whole: the report and its file in one transaction."""

from __future__ import annotations

from appliance.casework.intake import read_case_file
from appliance.casework.roles import Actor
from appliance.casework.sop import fire
from appliance.office.checks import attached
from appliance.office.context import Office
from appliance.office.reports import reported


def bring_case(office: Office, actor: Actor, data: bytes) -> str:
    """Report the family of this case file (JSON) and attach it; the case code.

    Raises `FileRefused` with every mistake or `NotAllowed` for a role that attaches no files, storing nothing.
    """
    fire("case", "DILAPORKAN", "attach_file", actor.role)
    file = read_case_file(data, office.today(), specimen=office.settings.specimen)
    papers = tuple(dict.fromkeys(letter.kind for letter in file.letters))
    first = file.residents[0].full_name
    with office.store.write() as tx:
        case_id, code = reported(
            office, tx, file.reporter, file.category, first, file.household.kelurahan, papers, actor
        )
        attached(office, tx, actor, case_id, file, None)
    office.wake()
    return code
