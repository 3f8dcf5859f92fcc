"""Listens on ADDRESS and prints the port. For each line on stdin accepts one connection, and prints a line of JSON.

It says what a program sees of it: the bytes that it reads at first, the names of the errors of getpeername, of the next
read and of a write (null without one), and SO_ERROR.
"""

import errno
import json
import socket
import sys

listener = socket.create_server((sys.argv[1], 0))
listener.settimeout(10)
print(listener.getsockname()[1], flush=True)


def attempt(act):
    try:
        act()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return None


for line in sys.stdin:
    connection, _ = listener.accept()
    connection.settimeout(5)
    pending = errno.errorcode.get(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) if line == "error\n" else None
    seen = {"peer": attempt(connection.getpeername)}
    seen["read"] = len(connection.recv(65536)) if line == "read\n" else 0
    connection.setblocking(False)
    seen["next"] = attempt(lambda: connection.recv(1))
    seen["write"] = attempt(lambda: connection.send(b"x"))
    seen["pending"] = pending
    print(json.dumps(seen), flush=True)
    connection.close()
