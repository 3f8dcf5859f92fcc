"""Runs a program that may not open NETLINK_SOCK_DIAG sockets, as in a container with a strict seccomp profile.

usage: no-sock-diag.py ERRNO PROGRAM ARGUMENT..., where ERRNO is the error of socket()
"""

import ctypes
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000
AF_NETLINK, NETLINK_SOCK_DIAG = 16, 4
SYS_SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]
LD_W_ABS, JEQ_K, RET_K = 0x20, 0x15, 0x06


def load(offset):
    return struct.pack("HBBI", LD_W_ABS, 0, 0, offset)


def unless_equal(value, skip):
    return struct.pack("HBBI", JEQ_K, 0, skip, value)


# struct seccomp_data: nr at 0, arguments of 8 bytes from 16 on.
program = b"".join(
    [
        load(0),
        unless_equal(SYS_SOCKET, 5),
        load(16),
        unless_equal(AF_NETLINK, 3),
        load(32),
        unless_equal(NETLINK_SOCK_DIAG, 1),
        struct.pack("HBBI", RET_K, 0, 0, SECCOMP_RET_ERRNO | int(sys.argv[1])),
        struct.pack("HBBI", RET_K, 0, 0, SECCOMP_RET_ALLOW),
    ]
)
code = ctypes.create_string_buffer(program, len(program))
fprog = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, fprog, 0, 0)):
    if libc.prctl(*arguments) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
os.execvp(sys.argv[2], sys.argv[2:])
