"""Opens many TCP connections in mixed states, and keeps them until it is killed. Runs inside a network namespace.

listen ADDRESS PORT COUNT    accepts COUNT connections; prints "ready" and then "accepted"
connect ADDRESS PORT COUNT   opens COUNT connections; prints "connected"

Connection N does what N % 8 says: 0 stays idle, 1 sends 1,000 bytes, 2 sends 300,000 bytes that are read, 3 asks and
is answered, 4 sends more than is ever read, 5 is closed by the listening end, 6 receives data that it does not read,
7 has a small receive buffer.
"""

import signal
import socket
import sys
import threading

KINDS = 8


def read_all(connection, size):
    while size > 0:
        got = connection.recv(min(size, 65536))
        if not got:
            return
        size -= len(got)


def listening_end(connection):
    (number,) = connection.recv(1)
    kind = number % KINDS
    if kind == 1:
        read_all(connection, 1000)
    elif kind == 2:
        read_all(connection, 300_000)
    elif kind == 3:
        read_all(connection, 100)
        connection.sendall(b"x" * 5000)
    elif kind == 5:
        connection.close()
    elif kind == 6:
        connection.sendall(b"y" * 20_000)


def listen(address, port, count):
    listener = socket.create_server((address, port), backlog=1024)
    print("ready", flush=True)
    kept = []
    threads = []
    for _ in range(count):
        connection, _ = listener.accept()
        kept.append(connection)
        threads.append(threading.Thread(target=listening_end, args=(connection,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    print("accepted", flush=True)
    signal.pause()


def connect(address, port, count):
    kept = []
    for number in range(count):
        kind = number % KINDS
        connection = socket.socket()
        if kind == 7:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((address, port))
        kept.append(connection)
        connection.sendall(bytes([kind]))
        if kind == 1:
            connection.sendall(b"a" * 1000)
        elif kind == 2:
            connection.sendall(b"b" * 300_000)
        elif kind == 3:
            connection.sendall(b"q" * 100)
            read_all(connection, 5000)
        elif kind == 4:
            connection.setblocking(False)
            try:
                while True:
                    connection.send(b"c" * 65536)
            except BlockingIOError:
                pass
    print("connected", flush=True)
    signal.pause()


if __name__ == "__main__":
    mode, host, port, count = sys.argv[1:]
    {"listen": listen, "connect": connect}[mode](host, int(port), int(count))
