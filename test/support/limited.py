"""Makes TCP traffic that is limited by a chosen cause. Runs inside a network namespace.

read PORT [--rcvbuf N] [--bytes-per-second N] [--stop-after N --stop-for S]
    accepts one connection and reads it to its end; can pause reading once
send HOST PORT --seconds S [--sndbuf N] [--pacing N] [--algorithm A] [--every S --piece N]
    connects, prints its port, and writes zeros for that time
serve PORT [--think S] [--request N] [--answer N] [--seconds S] [--algorithm A]
    accepts one connection and answers each request: after a pause, with N bytes or for S seconds
ask HOST PORT [--request N] [--requests N] [--pause S] [--after S] [--keepalive] [--algorithm A]
    connects, sends one request after the other, and reads each answer to its end; pauses between them and at the end
converse PORT --seconds S --every S --piece N [--algorithm A]
talk HOST PORT --seconds S --every S --piece N [--algorithm A]
    accepts or connects, and writes zeros for that time without waiting for the other side
"""

import argparse
import socket
import struct
import threading
import time

SO_MAX_PACING_RATE = 47
PIECE = 65536
REQUEST_BYTES = 100
# An answer begins with its length; 0 if it ends with the connection.
LENGTH = struct.Struct("!Q")


def arguments():
    parser = argparse.ArgumentParser()
    modes = parser.add_subparsers(dest="mode", required=True)
    read = modes.add_parser("read")
    read.add_argument("port", type=int)
    read.add_argument("--rcvbuf", type=int)
    read.add_argument("--bytes-per-second", type=int)
    read.add_argument("--stop-after", type=int)
    read.add_argument("--stop-for", type=float, default=0)
    send = modes.add_parser("send")
    send.add_argument("host")
    send.add_argument("port", type=int)
    send.add_argument("--seconds", type=float, required=True)
    send.add_argument("--sndbuf", type=int)
    send.add_argument("--pacing", type=int)
    send.add_argument("--algorithm", default="cubic")
    send.add_argument("--every", type=float)
    send.add_argument("--piece", type=int, default=PIECE)
    serve = modes.add_parser("serve")
    serve.add_argument("port", type=int)
    serve.add_argument("--think", type=float, default=0)
    serve.add_argument("--request", type=int, default=REQUEST_BYTES)
    serve.add_argument("--answer", type=int, default=2000)
    serve.add_argument("--seconds", type=float)
    serve.add_argument("--algorithm", default="cubic")
    ask = modes.add_parser("ask")
    ask.add_argument("host")
    ask.add_argument("port", type=int)
    ask.add_argument("--request", type=int, default=REQUEST_BYTES)
    ask.add_argument("--requests", type=int, default=1)
    ask.add_argument("--pause", type=float, default=0)
    ask.add_argument("--after", type=float, default=0)
    ask.add_argument("--keepalive", action="store_true")
    ask.add_argument("--algorithm", default="cubic")
    converse = modes.add_parser("converse")
    talk = modes.add_parser("talk")
    talk.add_argument("host")
    for mode in (converse, talk):
        mode.add_argument("port", type=int)
        mode.add_argument("--seconds", type=float, required=True)
        mode.add_argument("--every", type=float, required=True)
        mode.add_argument("--piece", type=int, required=True)
        mode.add_argument("--algorithm", default="cubic")
    return parser.parse_args()


def accept_one(args):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if getattr(args, "rcvbuf", None):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, args.rcvbuf)
    if getattr(args, "algorithm", None):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, args.algorithm.encode())
    listener.bind(("0.0.0.0", args.port))
    listener.listen()
    print("ready", flush=True)
    connection, _ = listener.accept()
    return connection


def connect(args, prepare=lambda _: None):
    connection = socket.socket()
    prepare(connection)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, args.algorithm.encode())
    connection.connect((args.host, args.port))
    print("port", connection.getsockname()[1], flush=True)
    return connection


def read(args):
    connection = accept_one(args)
    began = time.monotonic()
    total = 0
    stopped = args.stop_after is None
    while data := connection.recv(PIECE if not args.bytes_per_second else 4096):
        total += len(data)
        if not stopped and total >= args.stop_after:
            stopped = True
            time.sleep(args.stop_for)
        if args.bytes_per_second:
            time.sleep(max(0, began + total / args.bytes_per_second - time.monotonic()))
    connection.close()
    print("read", total, flush=True)


def send(args):
    def prepare(connection):
        if args.sndbuf:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, args.sndbuf)
        if args.pacing:
            connection.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, args.pacing)

    connection = connect(args, prepare)
    write_for(connection, args.seconds, args.piece, args.every)
    connection.close()


def write_for(connection, seconds, piece=PIECE, every=None):
    end = time.monotonic() + seconds
    zeros = bytes(piece)
    while time.monotonic() < end:
        connection.sendall(zeros)
        if every:
            time.sleep(every)


def receive(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(min(PIECE, count - len(data)))
        if not more:
            return None
        data = more if count > PIECE else data + more
        if count > PIECE:
            count -= len(more)
            data = b""
    return data


def serve(args):
    connection = accept_one(args)
    while receive(connection, args.request) is not None:
        if args.think:
            time.sleep(args.think)
        if args.seconds:
            connection.sendall(LENGTH.pack(0))
            write_for(connection, args.seconds)
            break
        connection.sendall(LENGTH.pack(args.answer) + bytes(args.answer))
    connection.close()


def ask(args):
    connection = connect(args)
    if args.keepalive:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    for number in range(args.requests):
        if number > 0 and args.pause:
            time.sleep(args.pause)
        connection.sendall(bytes(args.request))
        (length,) = LENGTH.unpack(receive(connection, LENGTH.size))
        if length:
            receive(connection, length)
        else:
            while connection.recv(PIECE):
                pass
    time.sleep(args.after)
    connection.close()


def write_and_read(args, connection):
    def drain():
        while connection.recv(PIECE):
            pass

    reader = threading.Thread(target=drain)
    reader.start()
    write_for(connection, args.seconds, args.piece, args.every)
    connection.shutdown(socket.SHUT_WR)
    reader.join()
    connection.close()


def converse(args):
    write_and_read(args, accept_one(args))


def talk(args):
    write_and_read(args, connect(args))


if __name__ == "__main__":
    chosen = arguments()
    modes = {"read": read, "send": send, "serve": serve, "ask": ask, "converse": converse, "talk": talk}
    modes[chosen.mode](chosen)
