"""Run a Python module under a kernel that knows no links: `python tests/no_links.py MODULE WORD…`.

A filter of system calls (seccomp(2)) lets link(2) and linkat(2) answer EPERM, as Linux does on FAT (a USB stick),
which has no such operation. It holds for this process and its children, and needs no rights.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import runpy
import struct
import sys

_LINKS = {"x86_64": (86, 265), "aarch64": (37,)}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NO_NEW_PRIVS, _SECCOMP, _FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def forbid_links() -> None:
    """From here on no link can be made (linux/filter.h: the system call's number decides)."""
    calls = _LINKS[platform.machine()]
    lines = [(_LOAD, 0, 0, 0)]
    lines += [(_EQUAL, len(calls) - number, 0, call) for number, call in enumerate(calls)]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    kept = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(lines), ctypes.cast(kept, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
    for option, first, second in ((_NO_NEW_PRIVS, 1, None), (_SECCOMP, _FILTER, ctypes.addressof(program))):
        if libc.prctl(option, first, second, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "the filter was not taken")


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    forbid_links()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
