"""Opens COUNT listeners of ADDRESS with SO_REUSEPORT, and prints their port. Accepts every connection, and keeps it.

A line on stdin closes the listeners, and is answered with a line; the connections stay open.
"""

import selectors
import socket
import sys

address, count = sys.argv[1], int(sys.argv[2])
listeners = []
port = 0
for _ in range(count):
    listener = socket.create_server((address, port), reuse_port=True)
    port = listener.getsockname()[1]
    listeners.append(listener)
print(port, flush=True)

kept = []
with selectors.DefaultSelector() as selector:
    selector.register(sys.stdin, selectors.EVENT_READ)
    for listener in listeners:
        selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is not sys.stdin:
                kept.append(key.fileobj.accept()[0])
                continue
            if sys.stdin.readline() == "":
                sys.exit()
            for listener in listeners:
                selector.unregister(listener)
                listener.close()
            listeners = []
            print("closed", flush=True)
