"""Sends one UDP datagram from each of many ports to a port that reads and does not answer, all in this namespace.

datagrams.py ADDRESS PORT COUNT [FIRST_PORT]

With connection tracking each datagram is a new flow and one event. Default: the first port is 20000.
"""

import socket
import sys

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
first = int(sys.argv[4]) if len(sys.argv) > 4 else 20000
family = socket.AF_INET6 if ":" in address else socket.AF_INET

with socket.socket(family, socket.SOCK_DGRAM) as reader:
    reader.bind((address, port))
    for source in range(first, first + count):
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.bind((address, source))
            sender.sendto(b"x", (address, port))
