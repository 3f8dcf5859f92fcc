"""Makes connections that end at once. Runs inside a network namespace; prints the cookie of each socket that it resets
or that fails to connect.

serve PORT [--reset]                accepts connections one after the other until killed
connect HOST PORT COUNT [--reset]   opens connections one after the other, with one request each
refused HOST PORT COUNT             makes blocking connects that fail
again HOST PORT COUNT               connects one socket again and again, by connect() with AF_UNSPEC in between

With --reset each connection is reset by SO_LINGER 0 after the request. Without, it waits for the other side's reset.
"""

import argparse
import ctypes
import os
import socket
import struct

SO_COOKIE = 57
REQUEST = b"x" * 100
UNSPECIFIED = struct.pack("=H14x", socket.AF_UNSPEC)


def arguments():
    parser = argparse.ArgumentParser()
    modes = parser.add_subparsers(dest="mode", required=True)
    serve = modes.add_parser("serve")
    connect = modes.add_parser("connect")
    refused = modes.add_parser("refused")
    again = modes.add_parser("again")
    connect.add_argument("host")
    refused.add_argument("host")
    again.add_argument("host")
    for mode in (serve, connect, refused, again):
        mode.add_argument("port", type=int)
    for mode in (connect, refused, again):
        mode.add_argument("count", type=int)
    for mode in (serve, connect):
        mode.add_argument("--reset", action="store_true")
    return parser.parse_args()


def tell(connection):
    (cookie,) = struct.unpack("=Q", connection.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))
    print(f"{cookie:016X}", flush=True)


def finish(connection, reset):
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass
    connection.close()


def serve(port, reset):
    listener = socket.create_server(("0.0.0.0", port), backlog=4096)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        if reset:
            tell(connection)
            connection.recv(4096)
        finish(connection, reset)


def connect(host, port, count, reset):
    for _ in range(count):
        connection = socket.create_connection((host, port))
        if reset:
            tell(connection)
        connection.sendall(REQUEST)
        finish(connection, reset)


def refused(host, port, count):
    for _ in range(count):
        attempt = socket.socket()
        tell(attempt)
        try:
            attempt.connect((host, port))
        except ConnectionRefusedError:
            attempt.close()
        else:
            raise SystemExit(f"{host}:{port} listens")


def again(host, port, count):
    disconnect = ctypes.CDLL(None, use_errno=True).connect
    with socket.socket() as reused:
        tell(reused)
        for _ in range(count):
            reused.connect((host, port))
            reused.sendall(REQUEST)
            if disconnect(reused.fileno(), UNSPECIFIED, len(UNSPECIFIED)) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


options = arguments()
if options.mode == "serve":
    serve(options.port, options.reset)
elif options.mode == "connect":
    connect(options.host, options.port, options.count, options.reset)
elif options.mode == "again":
    again(options.host, options.port, options.count)
else:
    refused(options.host, options.port, options.count)
