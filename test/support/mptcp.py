"""An MPTCP connection that stays: mptcp.py server ADDRESS PORT, or mptcp.py client ADDRESS PORT BYTES."""

import signal
import socket
import sys

IPPROTO_MPTCP = 262


def serve(address, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(8)
    print("listening", flush=True)
    connection, _ = listener.accept()
    while data := connection.recv(65536):
        connection.sendall(data[:1])
    connection.close()


def connect(address, port, size):
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    connection.connect((address, port))
    connection.sendall(b"x" * size)
    connection.recv(1)
    print("sent", flush=True)
    # Until the test kills it.
    signal.pause()


role, address, port, *rest = sys.argv[1:]
if role == "server":
    serve(address, int(port))
else:
    connect(address, int(port), int(rest[0]))
