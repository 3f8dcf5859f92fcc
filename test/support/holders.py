"""Holds sockets as it is told. Reads commands from standard input, and answers each with one line "PID INODE".

listen PORT        opens a listener
accept             accepts a connection of it
connect HOST PORT  opens a connection
fork               forks a child that keeps all sockets; the inode is 0
pass               starts a program that inherits the listener and accepts a connection of it, as with socket activation
name TEXT          changes its name, to the text with its escapes; the inode is 0
become UID         becomes another user, readable by that user's processes; the inode is 0
child PID          forks a child with that process id, in a pid namespace of ours; it opens a socket
end                ends the last child; the inode is 0
close              closes the last socket; the inode is 0

Without standard input its children end too.
"""

import codecs
import ctypes
import os
import signal
import socket
import subprocess
import sys

PR_SET_DUMPABLE = 4

# Later another user might not be allowed to load them.
for name in ("idna", "unicode_escape"):
    codecs.lookup(name)
libc = ctypes.CDLL(None)


def inode(each):
    return os.fstat(each.fileno()).st_ino


def answer(number, pid=None):
    print(os.getpid() if pid is None else pid, number, flush=True)


def wait_for_end():
    sys.stdin.read()
    os._exit(0)


def fork(to_child=None):
    """Forks a child that lives as long as its parent keeps the pipe open."""
    keep_in, keep_out = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(keep_out)
        if to_child is not None:
            to_child()
        os.read(keep_in, 1)
        os._exit(0)
    os.close(keep_in)
    return pid, keep_out


def serve_inherited(fd):
    listener = socket.socket(fileno=fd)
    connection, _ = listener.accept()
    answer(inode(connection))
    wait_for_end()


def main():
    if sys.argv[1:2] == ["--inherited"]:
        serve_inherited(int(sys.argv[2]))
    sockets, children = [], []
    listener = None
    for line in sys.stdin:
        command, *words = line.split()
        if command == "listen":
            listener = socket.create_server(("", int(words[0])))
            answer(inode(listener))
        elif command == "accept":
            sockets.append(listener.accept()[0])
            answer(inode(sockets[-1]))
        elif command == "connect":
            sockets.append(socket.create_connection((words[0], int(words[1]))))
            answer(inode(sockets[-1]))
        elif command == "fork":
            children.append(fork())
            answer(0, children[-1][0])
        elif command == "pass":
            program = [sys.executable, __file__, "--inherited", str(listener.fileno())]
            subprocess.Popen(program, pass_fds=[listener.fileno()], stdin=subprocess.PIPE)
        elif command == "name":
            with open("/proc/self/comm", "wb") as comm:
                comm.write(words[0].encode().decode("unicode_escape").encode())
            answer(0)
        elif command == "become":
            os.setgroups([])
            os.setuid(int(words[0]))
            libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
            answer(0)
        elif command == "child":
            with open("/proc/sys/kernel/ns_last_pid", "w") as last:
                last.write(str(int(words[0]) - 1))
            children.append(fork(to_child=lambda: open_and_answer(sockets)))
        elif command == "end":
            pid, keep = children.pop()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(keep)
            answer(0)
        elif command == "close":
            sockets.pop().close()
            answer(0)


def open_and_answer(sockets):
    sockets.append(socket.socket())
    answer(inode(sockets[-1]))


main()
