"""Lock this process in, for good, before a line of a user's file is executed, and say which walls stand."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.importing.landlock import close_file_system
from engine.importing.seccomp import refuse_system_calls

CPU_TIME_S = 120
ADDRESS_SPACE_BYTES = 16 * 2**30
LARGEST_FILE_BYTES = 2**30
MOST_OPEN_FILES = 256

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime")
_FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system", "/dev/null", "/dev/zero", "/dev/urandom")
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4


@dataclass(frozen=True)
class Walls:
    """Say what this machine enforces against a user's file while it runs."""

    files: bool
    """It reads nothing but Python's and torch's own files and writes nothing outside its temporary folder."""
    system_calls: bool
    """It has no network, starts no program and no process, and reaches no other process."""
    limits: bool
    """Processor time, memory, size of a file and open files are bounded."""

    @property
    def complete(self) -> bool:
        """Return whether all of them stand."""
        return self.files and self.system_calls and self.limits

    def missing(self) -> str:
        """Say what does not hold; empty where all of it does."""
        lacking = (
            (self.files, "the file can read and write what you can"),
            (self.system_calls, "the file can use the network and start programs"),
            (self.limits, "nothing but the clock bounds what it takes"),
        )
        return "; ".join(what for holds, what in lacking if not holds)

    def sentence(self) -> str:
        """Say in one sentence what held while the file ran, and what did not."""
        start = "The file ran in a process of its own, with an empty environment, in a temporary folder that is gone"
        if self.complete:
            return f"{start}: without network, without other programs, and with no sight of your files."
        return f"{start}. This system cannot wall it off further: {self.missing()}."

    def to_json(self) -> dict[str, bool]:
        """Return plain JSON."""
        return asdict(self)


def lock_in(folder: Path, root: Path) -> Walls:
    """Give up everything but reading Python's and our own code and writing to `folder`; there is no way back.

    Args:
        folder: The temporary folder of this import.
        root: The folder that holds `engine` and `blocks`; nothing else in it can be read.
    """
    limits = _limit()
    if sys.platform != "linux":
        return Walls(files=False, system_calls=False, limits=limits)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
    # Nobody else's debugger is of use here, and no memory is dumped.
    libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0), 0, 0, 0)
    files = close_file_system([*_python(), str(root / "engine"), str(root / "blocks"), *_SYSTEM, *_FACTS], [str(folder)])
    return Walls(files=files, system_calls=refuse_system_calls(), limits=limits)


def _python() -> list[str]:
    """Return where Python, its library and the installed packages are."""
    paths = sysconfig.get_paths()
    found = [paths["stdlib"], paths["platstdlib"], str(Path(paths["stdlib"]) / "lib-dynload"), str(Path(sys.prefix) / "pyvenv.cfg")]
    return [*found, *(path for path in sys.path if path.endswith(("site-packages", "dist-packages", ".zip")))]


def _limit() -> bool:
    import resource  # not on every system, and this module is imported by the page as well

    bounds = {
        resource.RLIMIT_CPU: CPU_TIME_S,
        resource.RLIMIT_AS: ADDRESS_SPACE_BYTES,
        resource.RLIMIT_FSIZE: LARGEST_FILE_BYTES,
        resource.RLIMIT_NOFILE: MOST_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    held = True
    for bound, value in bounds.items():
        _, hard = resource.getrlimit(bound)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(bound, (value, value))
        except (OSError, ValueError):
            held = False
    with contextlib.suppress(OSError, ValueError):
        # Counts every process of this user, so it cannot be low; where system calls are filtered there are none at all.
        _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        resource.setrlimit(resource.RLIMIT_NPROC, (4096 if hard == resource.RLIM_INFINITY else min(4096, hard),) * 2)
    return held and os.name == "posix"
