"""A real CUPS of one's own: cupsd in the foreground on a domain socket, with a queue for each printer."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

_FORKER = ThreadPoolExecutor(1, thread_name_prefix="cupsd's parent")
"""cupsd dies with the thread that started it (prctl(2)): this one lasts as long as the process."""

_LONGEST_SOCKET_PATH = 100
"""sun_path holds 108 bytes with its end (unix(7))."""

_DAEMON = """\
Listen {home}/cups.sock
LogLevel warn
LogTimeFormat usecs
Browsing Off
WebInterface No
DefaultAuthType Basic
DefaultShared No
ErrorPolicy abort-job
PreserveJobHistory Yes
PreserveJobFiles No
MaxJobs {most_jobs}
DirtyCleanInterval 0
SyncOnClose Yes
JobKillDelay 2
<Location />
  Order allow,deny
  Allow all
</Location>
{policies}"""
_POLICY = """\
<Policy {name}>
  JobPrivateAccess default
  JobPrivateValues default
  SubscriptionPrivateAccess default
  SubscriptionPrivateValues default
  <Limit Cancel-Job Hold-Job Release-Job Restart-Job Send-Document Set-Job-Attributes>
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit {printer_operations}>
    AuthType Default
    Require user {starters}
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
_PRINTER_OPERATIONS = (
    "Pause-Printer Resume-Printer Enable-Printer Disable-Printer Pause-Printer-After-Current-Job Hold-New-Jobs "
    "Release-Held-New-Jobs Deactivate-Printer Activate-Printer Restart-Printer Shutdown-Printer Startup-Printer "
    "Promote-Job Schedule-Job-After Cancel-Jobs CUPS-Accept-Jobs CUPS-Reject-Jobs"
)
"""What Debian's cupsd.conf leaves to administrators (cupsd.conf.default, "All printer operations")."""

OPEN_POLICY = "counter"
"""The `printer-op-policy` of all queues here: whoever runs this is the appliance and its technician in one account.

Under `default` he is, as on a stock Debian, no administrator of printers.
"""
_FILES = """\
FileDevice Yes
User {user}
Group {group}
SystemGroup nogroup
ServerRoot {home}
StateDir {home}/state
CacheDir {home}/cache
RequestRoot {home}/spool
TempDir {home}/spool/tmp
AccessLog {home}/access_log
ErrorLog {home}/error_log
PageLog {home}/page_log
ServerKeychain {home}/ssl
ServerBin /usr/lib/cups
DataDir /usr/share/cups
Sandboxing relaxed
"""
_SETTINGS = ("-o", "printer-error-policy=abort-job", "-o", f"printer-op-policy={OPEN_POLICY}")


class CupsError(RuntimeError):
    """cupsd or a queue did not come up."""


def _reachable(directory: Path) -> bool:
    """Whether the filters, which run as another user when we are root, can enter the directory."""
    return os.getuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in directory.parents)


def _session(leader: int) -> list[int]:
    """All processes of the session, its leader first (proc(5): field 6 of stat)."""
    found = [leader]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and int(stat.parent.name) != leader:
                found.append(int(stat.parent.name))
    return found


class Cupsd:
    """A private cupsd with queues `{name: uri of the printer}`, raw ones for `socket:`.

    Of the jobs that ended it keeps the last `most_jobs`, all for 0; `policy` is one more, in cupsd.conf's words. Its
    files lie under `directory`; if that is too deep for a socket or closed to the filters' user, in a fresh directory
    for temporary files, removed at `stop`.
    """

    def __init__(
        self,
        directory: Path,
        queues: Mapping[str, str],
        on_refusal: Callable[[str], None] | None = None,
        most_jobs: int = 0,
        policy: str = "",
    ) -> None:
        self._queues = dict(queues)
        self._most_jobs = most_jobs
        self._policy = policy
        self._on_refusal = on_refusal
        self._own: Path | None = None
        directory.mkdir(parents=True, exist_ok=True)
        directory = directory.resolve()
        if not _reachable(directory) or len(str(directory)) + len("/cups.sock") > _LONGEST_SOCKET_PATH:
            directory = self._own = Path(tempfile.mkdtemp(prefix="cups-", dir="/tmp"))
        self.home = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        """The domain socket that clients use (`CUPS_SERVER`)."""
        return self.home / "cups.sock"

    @property
    def pid(self) -> int:
        """cupsd's process id."""
        if self._process is None:
            raise CupsError("cupsd does not run")
        return self._process.pid

    def queue_uri(self, queue: str) -> str:
        """The URI under which the appliance knows the queue."""
        return f"ipp://{quote(str(self.socket_path), safe='')}/printers/{queue}"

    @property
    def card_printer_uri(self) -> str:
        """The queue for cards."""
        return self.queue_uri("KTP")

    @property
    def receipt_printer_uri(self) -> str:
        """The queue for receipts."""
        return self.queue_uri("STRUK")

    @property
    def document_printer_uri(self) -> str:
        """The queue for sheets."""
        return self.queue_uri("KK")

    def start(self) -> None:
        """Start cupsd and wait until every queue has its driver; raises `CupsError`."""
        self._lay_out()
        for document in (self.home / "spool").glob("d*"):
            # As the appliance's drop-in for cups.service does: a job in work at a power cut must not print again.
            document.unlink()
        arguments = ["/usr/sbin/cupsd", "-f", "-c", f"{self.home}/cupsd.conf", "-s", f"{self.home}/cups-files.conf"]
        with (self.home / "console").open("ab") as console:
            # Its own log: filters that outlive their cupsd would hold our pipes open.
            self._process = _FORKER.submit(
                subprocess.Popen[bytes],
                ["setpriv", "--pdeathsig", "KILL", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd="/",
                start_new_session=True,
            ).result()
        self._wait(self._answers, 20, "cupsd does not answer")
        for queue, uri in self._queues.items():
            if uri.startswith("socket:") or not (self.home / "ppd" / f"{queue}.ppd").exists():
                self._offer(queue, uri)

    def stop(self) -> None:
        """End cupsd and its filters."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)

    def cut_power(self) -> None:
        """Kill cupsd and its filters where they stand; `start` then finds the spool as they left it."""
        if self._process is not None:
            for pid in _session(self._process.pid):
                # A filter may end by itself between listing and killing.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def run(self, *command: str) -> str:
        """A CUPS client program (`lpstat`, `lpadmin`, …) against this server; raises `CupsError` if it fails."""
        environment = {**os.environ, "CUPS_SERVER": str(self.socket_path), "LC_ALL": "C"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode:
            raise CupsError(
                f"{command[0]} ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}"
            )
        return done.stdout

    def _lay_out(self) -> None:
        if os.getuid() == 0:
            user, group = "lp", "lp"
            owner = pwd.getpwnam("lp")
        else:
            owner = pwd.getpwuid(os.getuid())
            user, group = owner.pw_name, grp.getgrgid(os.getgid()).gr_name
        for name in ("", "state", "cache", "spool", "spool/tmp", "ssl", "ppd"):
            path = self.home / name
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755)
            if os.getuid() == 0:
                os.chown(path, owner.pw_uid, owner.pw_gid)
        starters = {"default": "@SYSTEM", OPEN_POLICY: f"{pwd.getpwuid(os.getuid()).pw_name} @SYSTEM"}
        policies = (
            _POLICY.format(name=name, starters=who, printer_operations=_PRINTER_OPERATIONS)
            for name, who in starters.items()
        )
        daemon = _DAEMON.format(
            home=self.home,
            most_jobs=self._most_jobs,
            policies="".join((*policies, self._policy)),
        )
        (self.home / "cupsd.conf").write_text(daemon)
        files = _FILES.format(home=self.home, user=user, group=group)
        (self.home / "cups-files.conf").write_text(files)

    def _wait(self, holds: object, seconds: float, complaint: str) -> None:
        end = time.monotonic() + seconds
        while not (callable(holds) and holds()):
            if time.monotonic() > end or (self._process is not None and self._process.poll() is not None):
                raise CupsError(f"{complaint}; its log is {self.home}/error_log")
            time.sleep(0.01)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket_path))
            except OSError:
                return False
        return True

    def _offer(self, queue: str, uri: str) -> None:
        """Add a queue; where CUPS refuses its printer, once more after `on_refusal` has changed what it offers."""
        try:
            self._add(queue, uri)
        except CupsError:
            if self._on_refusal is None:
                raise
            self._on_refusal(queue)
            self._add(queue, uri)

    def _add(self, queue: str, uri: str) -> None:
        if uri.startswith("socket:"):
            # Raw: what is submitted goes to the printer byte for byte.
            self.run("lpadmin", "-p", queue, "-v", uri, *_SETTINGS, "-E")
            return
        # waitjob=false: a queue that waits for the printer sends the job a second time after a power cut.
        self.run("lpadmin", "-p", queue, "-v", f"{uri}?waitjob=false", "-m", "everywhere", *_SETTINGS, "-E")
        ppd = self.home / "ppd" / f"{queue}.ppd"
        # lpadmin returns before the driver exists; until then the queue is raw and would print rubbish.
        self._wait(ppd.is_file, 20, f"queue {queue} has no driver")
        self._wait(lambda: "IPP Everywhere" in ppd.read_text("latin-1"), 20, f"queue {queue} has no driver")
