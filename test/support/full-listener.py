"""Listens on 127.0.0.1:PORT with a backlog of N, connects to itself M times, and accepts nothing. Runs until killed."""

import signal
import socket
import sys

port, backlog, clients = map(int, sys.argv[1:])
listener = socket.socket()
listener.bind(("127.0.0.1", port))
listener.listen(backlog)
held = []
for _ in range(clients):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", port))
    held.append(client)
print("ready", flush=True)
signal.pause()
