"""Makes tracked flows in this network namespace, without packets.

flows.py COUNT [RATE]

Creates COUNT flows of TCP in state ESTABLISHED, at most RATE of them a second: each is one event. They time out after
ten minutes, or end with the namespace. Prints the number of flows and the seconds it took.
"""

import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
NLM_F_REQUEST, NLM_F_CREATE, NLM_F_EXCL = 1, 0x400, 0x200
NEW = 0x100
NLA_F_NESTED = 0x8000
TIMEOUT_SECONDS = 600
# IPS_SEEN_REPLY, IPS_ASSURED, IPS_CONFIRMED
STATUS = 0xE
ESTABLISHED = 3
# Requests in one send, and sends in one second.
BATCH = 100
TICKS = 100
PORTS = 60000


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def nested(kind, *parts):
    return attribute(kind | NLA_F_NESTED, b"".join(parts))


def half(source, port, destination, to_port):
    addresses = nested(1, attribute(1, source), attribute(2, destination))
    ports = attribute(2, struct.pack("!H", port)) + attribute(3, struct.pack("!H", to_port))
    return addresses + nested(2, attribute(1, bytes([socket.IPPROTO_TCP])), ports)


def request(number):
    client = bytes([10, 1, number // PORTS, 1])
    server = bytes([10, 2, 0, 1])
    port = 1024 + number % PORTS
    body = struct.pack("=BBH", socket.AF_INET, 0, 0)
    body += nested(1, half(client, port, server, 443)) + nested(2, half(server, 443, client, port))
    body += attribute(3, struct.pack("!I", STATUS)) + attribute(7, struct.pack("!I", TIMEOUT_SECONDS))
    body += nested(4, nested(1, attribute(1, bytes([ESTABLISHED]))))
    return struct.pack("=IHHII", 16 + len(body), NEW, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, number, 0) + body


def main(count, rate):
    size = BATCH if rate == 0 else max(1, rate // TICKS)
    batches = [b"".join(map(request, range(at, min(at + size, count)))) for at in range(0, count, size)]
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as kernel:
        kernel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        begin = time.monotonic()
        for index, batch in enumerate(batches):
            if rate > 0:
                time.sleep(max(0, begin + index * size / rate - time.monotonic()))
            kernel.send(batch)
            # Only refusals are answered.
            try:
                answer = kernel.recv(65536, socket.MSG_DONTWAIT)
                raise SystemExit(f"flows.py: errno {-struct.unpack_from('=i', answer, 16)[0]}")
            except BlockingIOError:
                pass
        print(count, round(time.monotonic() - begin, 3))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
