"""Makes TCP traffic that is limited by a thing of one's choice. Runs inside a network namespace.

read PORT [--rcvbuf N] [--bytes-per-second N]   takes one connection and reads it to its end
send HOST PORT --seconds S [--sndbuf N] [--pacing N] [--algorithm A] [--every S --piece N]
                                                connects, says its port, and writes zeros for that time
"""

import argparse
import socket
import time

SO_MAX_PACING_RATE = 47
PIECE = 65536


def arguments():
    parser = argparse.ArgumentParser()
    modes = parser.add_subparsers(dest="mode", required=True)
    read = modes.add_parser("read")
    read.add_argument("port", type=int)
    read.add_argument("--rcvbuf", type=int)
    read.add_argument("--bytes-per-second", type=int)
    send = modes.add_parser("send")
    send.add_argument("host")
    send.add_argument("port", type=int)
    send.add_argument("--seconds", type=float, required=True)
    send.add_argument("--sndbuf", type=int)
    send.add_argument("--pacing", type=int)
    send.add_argument("--algorithm", default="cubic")
    send.add_argument("--every", type=float)
    send.add_argument("--piece", type=int, default=PIECE)
    return parser.parse_args()


def read(args):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if args.rcvbuf:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, args.rcvbuf)
    listener.bind(("0.0.0.0", args.port))
    listener.listen()
    print("ready", flush=True)
    connection, _ = listener.accept()
    began = time.monotonic()
    total = 0
    while data := connection.recv(PIECE if not args.bytes_per_second else 4096):
        total += len(data)
        if args.bytes_per_second:
            time.sleep(max(0, began + total / args.bytes_per_second - time.monotonic()))
    connection.close()
    print("read", total, flush=True)


def send(args):
    connection = socket.socket()
    if args.sndbuf:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, args.sndbuf)
    if args.pacing:
        connection.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, args.pacing)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, args.algorithm.encode())
    connection.connect((args.host, args.port))
    print("port", connection.getsockname()[1], flush=True)
    end = time.monotonic() + args.seconds
    piece = bytes(args.piece)
    while time.monotonic() < end:
        connection.sendall(piece)
        if args.every:
            time.sleep(args.every)
    connection.close()


if __name__ == "__main__":
    chosen = arguments()
    {"read": read, "send": send}[chosen.mode](chosen)
