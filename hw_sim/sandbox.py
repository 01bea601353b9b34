"""Run a command with a network and a /run of its own: `python -m hw_sim.sandbox -- COMMAND…`.

Daemons of parallel runs then cannot meet. Exit code, environment and inherited file descriptors are the
command's; it replaces this process. Works for root and, through a user namespace, for a plain user.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import NoReturn

_SETUP = "ip link set lo up && mount -t tmpfs -o mode=755 none /run && "
_FORBIDDEN = 77

# With uid 0 mapped for a plain user cupsd would take itself for root: the user keeps its uid and its capabilities.
MARK = "SIAGA_IN_SANDBOX"
"""Set in the environment of everything that runs inside."""
_AS_ROOT = ("unshare", "-m", "-n")
_AS_USER = ("unshare", "-c", "--keep-caps", "-m", "-n")


def sandbox_line(command: list[str], root: bool) -> list[str]:
    """The command wrapped into new mount and network namespaces, loopback up, an empty /run."""
    form = _AS_ROOT if root else _AS_USER
    return [*form, "bash", "-c", _SETUP + 'exec "$@"', "bash", *command]


def trouble(root: bool) -> str | None:
    """Why the sandbox cannot be had here, in words; None if it can."""
    for tool, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("bash", "bash"), ("mount", "mount")):
        if shutil.which(tool, path=_tool_path()) is None:
            return f"the program {tool} is missing: install {package}"
    tried = subprocess.run(sandbox_line(["true"], root), capture_output=True, text=True, env=_environment())
    if tried.returncode == 0:
        return None
    need = (
        "root here lacks CAP_SYS_ADMIN; in a container start it with that capability"
        if root
        else "this kernel forbids user namespaces to plain users; as root allow them with "
        "sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000 "
        "(where it exists, kernel.apparmor_restrict_unprivileged_userns=0), or run as root"
    )
    return f"{tried.stderr.strip()}\nprivate namespaces cannot be made: {need}"


def main(arguments: list[str]) -> NoReturn:
    """Replace this process by the sandboxed command; exits itself with 2 (usage) or 77 (no sandbox here)."""
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments:
        print("usage: python -m hw_sim.sandbox -- COMMAND [ARGUMENT…]", file=sys.stderr)
        sys.exit(2)
    root = os.geteuid() == 0
    if why := trouble(root):
        print(f"sandbox: {why}", file=sys.stderr)
        sys.exit(_FORBIDDEN)
    line = sandbox_line(arguments, root)
    os.execvpe(line[0], line, _environment())


def _tool_path() -> str:
    """The search path with the administrator's folders, which a plain user's often lacks."""
    return os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": _tool_path(), MARK: "1"}


if __name__ == "__main__":
    main(sys.argv[1:])
