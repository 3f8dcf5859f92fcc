"""Sends Ethernet frames, one per line of stdin in hexadecimal, through a device: inject.py DEVICE"""

import socket
import sys

sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind((sys.argv[1], 0))
for line in sys.stdin:
    sender.send(bytes.fromhex(line))
