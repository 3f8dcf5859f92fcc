"""Sends N SYNs from SOURCE to HOST:PORT by a raw socket, each from another port starting at 10000, and answers nothing."""

import socket
import struct
import sys

source, host, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.bind((source, 0))
pseudo = socket.inet_aton(source) + socket.inet_aton(host) + struct.pack("!BBH", 0, socket.IPPROTO_TCP, 20)
for i in range(count):
    # Ports, sequence, acknowledgement, 5 words, SYN, window, checksum, urgent.
    syn = struct.pack("!HHLLBBHHH", 10000 + i, port, 1000 + i, 0, 5 << 4, 2, 64240, 0, 0)
    syn = syn[:16] + struct.pack("!H", checksum(pseudo + syn)) + syn[18:]
    raw.sendto(syn, (host, 0))
