"""Makes TCP traffic of requests and answers. Runs inside a network namespace.

serve PORT --think S --answer BYTES                       accepts one connection; answers each request after S seconds
ask HOST PORT --times N --pause S --answer BYTES          connects, and sends N requests, S seconds apart
"""

import argparse
import socket
import time

REQUEST = 100


def arguments():
    parser = argparse.ArgumentParser()
    modes = parser.add_subparsers(dest="mode", required=True)
    serve = modes.add_parser("serve")
    serve.add_argument("port", type=int)
    serve.add_argument("--think", type=float, default=0)
    serve.add_argument("--answer", type=int, default=20000)
    ask = modes.add_parser("ask")
    ask.add_argument("host")
    ask.add_argument("port", type=int)
    ask.add_argument("--times", type=int, required=True)
    ask.add_argument("--pause", type=float, default=0)
    ask.add_argument("--answer", type=int, default=20000)
    return parser.parse_args()


def take(connection, count):
    while count > 0:
        data = connection.recv(count)
        if not data:
            return False
        count -= len(data)
    return True


def serve(args):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", args.port))
    listener.listen()
    print("ready", flush=True)
    connection, _ = listener.accept()
    while take(connection, REQUEST):
        time.sleep(args.think)
        connection.sendall(bytes(args.answer))
    connection.close()


def ask(args):
    connection = socket.create_connection((args.host, args.port))
    for _ in range(args.times):
        connection.sendall(bytes(REQUEST))
        if not take(connection, args.answer):
            raise SystemExit("the server ended too early")
        time.sleep(args.pause)
    connection.close()


if __name__ == "__main__":
    chosen = arguments()
    {"serve": serve, "ask": ask}[chosen.mode](chosen)
