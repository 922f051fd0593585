"""Have the kernel refuse system calls to this process for good: no network, no new process, no reaching into others.

Source: https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# Numbers of the system calls: (x86-64, arm64); None where an architecture has none of this name.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # network, and the ring that would open a socket without asking
    "socket": (41, 198),
    "socketpair": (53, 199),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # new programs and processes
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    # the marks of files, which Landlock does not guard
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    # the system
    "setrlimit": (160, 164),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "mount_setattr": (442, 442),
    "fsopen": (430, 430),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "open_by_handle_at": (304, 265),
    "ioperm": (173, None),
    "iopl": (172, None),
}
_CLONE, _CLONE3, _KILL, _TGKILL, _PRLIMIT = (56, 220), (435, 435), (62, 129), (234, 131), (302, 261)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE = 0, 4
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2


def refuse_system_calls() -> bool:
    """Refuse this thread, and all it starts, network, programs, processes and the reach for others; False where that cannot be done."""
    known = _ARCHITECTURES.get(platform.machine())
    if known is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    program = _program(*known, os.getpid())
    buffer = ctypes.create_string_buffer(program, len(program))
    described = ctypes.create_string_buffer(struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_FILTER), described, 0, 0) == 0)


def _program(column: int, architecture: int, pid: int) -> bytes:
    """Write the filter, as the kernel reads it: every call passes, but for those that are named."""
    refused = _ERRNO | errno.EPERM
    lines = [
        *_if(_ARCHITECTURE, _EQUAL, architecture, then=[], otherwise=[_line(_RETURN, _KILL_PROCESS)]),
        _line(_LOAD, _NUMBER),
    ]
    if column == 0:
        lines += [_line(_AT_LEAST, _X32, 0, 1), _line(_RETURN, refused)]
    for numbers in _REFUSED.values():
        number = numbers[column]
        if number is not None:
            lines += [_line(_EQUAL, number, 0, 1), _line(_RETURN, refused)]
    # glibc makes threads by clone3 and, where there is none, by clone, whose flags a filter can see.
    lines += [_line(_EQUAL, _CLONE3[column], 0, 1), _line(_RETURN, _ERRNO | errno.ENOSYS)]
    allow = [_line(_RETURN, _ALLOW)]
    refuse = [_line(_RETURN, refused)]
    for number, offset, test, value, then, otherwise in (
        (_CLONE[column], 16, _ANY_BIT, _CLONE_THREAD, allow, refuse),
        (_KILL[column], 16, _EQUAL, pid, allow, refuse),
        (_TGKILL[column], 16, _EQUAL, pid, allow, refuse),
        (_PRLIMIT[column], 32, _EQUAL, 0, allow, refuse),
    ):
        body = _if(offset, test, value, then, otherwise)
        lines += [_line(_EQUAL, number, 0, len(body)), *body]
    return b"".join([*lines, *allow])


def _if(offset: int, test: int, value: int, then: list[bytes], otherwise: list[bytes]) -> list[bytes]:
    """Load one word of the call's description and branch on it."""
    return [_line(_LOAD, offset), _line(test, value, 0 if then or not otherwise else len(otherwise), len(then)), *then, *otherwise]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
