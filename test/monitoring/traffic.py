"""Makes traffic that gives every panel of the dashboard data, until it is killed.

serve                    443: answers requests; 5001: sends without end; 5002: the same, to whoever reads slowly; 5003: the
                         same, from a small send buffer; 7000: never closes what its clients have closed (CLOSE_WAIT);
                         8000: listens and never accepts
use HOST HOST6           clients of all of that
out HOST SILENT          keeps connections to HOST port 5010, and connects to SILENT, which never answers
sink                     5010: takes connections
"""

import socket
import sys
import threading
import time

PIECE = bytes(65536)
SMALL = 16384


def listener(port, backlog=128, sndbuf=None):
    made = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=backlog)
    if sndbuf:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sndbuf)
    return made


def background(work, *args):
    threading.Thread(target=work, args=args, daemon=True).start()


def each(port, work, **options):
    """Accepts on a port, and handles every connection in a thread."""

    def accept(made):
        while True:
            background(work, made.accept()[0])

    background(accept, listener(port, **options))


def quietly(work):
    """Ignores the error when a peer disconnects."""

    def guarded(*args):
        try:
            work(*args)
        except OSError:
            pass

    return guarded


@quietly
def answer(connection):
    request = connection.recv(64)
    connection.sendall(PIECE[: 1024 * (request[0] if request else 1)])
    connection.close()


@quietly
def endless(connection):
    while True:
        connection.sendall(PIECE)


def serve():
    each(443, answer)
    for port in (5001, 5002):
        each(port, endless)
    each(5003, endless, sndbuf=SMALL)
    kept = []
    each(7000, kept.append)
    stuck = listener(8000, backlog=8)
    print("ready", flush=True)
    threading.Event().wait()
    stuck.close()


def forever(every, work):
    """Runs a task repeatedly, from its start again after a failure."""

    def loop():
        while True:
            quietly(work)()
            time.sleep(every)

    background(loop)


def use(host, host6):
    size = iter(lambda: int(time.monotonic() * 10) % 120 + 1, 0)

    def request(to):
        with socket.create_connection((to, 443), timeout=10) as connection:
            connection.sendall(bytes([next(size)]))
            while connection.recv(65536):
                pass

    def read(port, every=0.0, rcvbuf=None):
        with socket.socket() as connection:
            if rcvbuf:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
            connection.connect((host, port))
            while connection.recv(4096 if every else 65536):
                time.sleep(every)

    def leave():
        socket.create_connection((host, 7000), timeout=10).close()

    forever(0.1, lambda: request(host))
    forever(0.3, lambda: request(host6))
    forever(0.5, lambda: read(5001))
    forever(0.5, lambda: read(5002, every=0.05, rcvbuf=SMALL))
    forever(0.5, lambda: read(5003))
    forever(0.5, leave)
    waiting = [attempt(host, 8000) for _ in range(20)]
    threading.Event().wait()
    return waiting


def attempt(host, port):
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex((host, port))
    return connection


def out(host, silent):
    kept = [socket.create_connection((host, 5010)) for _ in range(40)]
    forever(2, lambda: kept.append(attempt(silent, 5010)))
    threading.Event().wait()


def sink():
    kept = []
    each(5010, kept.append)
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    {"serve": serve, "use": use, "out": out, "sink": sink}[sys.argv[1]](*sys.argv[2:])
