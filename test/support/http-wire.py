"""Opens connections inside a network namespace, and sends and receives bytes as it is told.

Reads one JSON request per line on stdin, and answers each on stdout, in order, with `result` or `error`. Bytes are
base64. Ends with its stdin.
"""

import base64
import json
import socket
import struct
import sys
import threading
import time

SO_COOKIE = 57
sockets = {}
threads = []


def adopt(sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sockets[sock.fileno()] = sock
    cookie = struct.unpack('=Q', sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]
    return {'id': sock.fileno(), 'cookie': str(cookie), 'port': sock.getsockname()[1]}


def listen(host, port, v6only=False):
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1 if v6only else 0)
    sock.bind((host, port))
    sock.listen(1024)
    sockets[sock.fileno()] = sock
    return {'id': sock.fileno(), 'port': sock.getsockname()[1]}


def accept(id):
    return adopt(sockets[id].accept()[0])


def connect(host, port, local=0):
    sock = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if local:
        sock.bind(('::' if ':' in host else '0.0.0.0', local))
    sock.connect((host, port))
    return adopt(sock)


def send(id, bytes, background=False):
    data = base64.b64decode(bytes)
    if background:
        thread = threading.Thread(target=sockets[id].sendall, args=(data,))
        thread.start()
        threads.append(thread)
    else:
        sockets[id].sendall(data)


def receive(id, count):
    """Waits for this number of bytes, and discards them."""
    left = count
    while left:
        got = len(sockets[id].recv(min(left, 1 << 20)))
        if got == 0:
            raise EOFError(f'{left} bytes are missing')
        left -= got


def close(id, reset=False):
    sock = sockets.pop(id)
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    sock.close()


def finish(id):
    sockets[id].shutdown(socket.SHUT_WR)


def churn(listener, port, host, count, request, answer, closes=None):
    """Makes connections one after the other, each with one exchange. Returns the server's cookie of each.

    `closes` is the end that closes first, at once: `server` or `client`; without it all stay open.
    """
    request, answer = base64.b64decode(request), base64.b64decode(answer)
    ends = []
    for _ in range(count):
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.connect((host, port))
        server = sockets[listener].accept()[0]
        cookie = struct.unpack('=Q', server.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]
        client.sendall(request)
        server.recv(len(request), socket.MSG_WAITALL)
        server.sendall(answer)
        client.recv(len(answer), socket.MSG_WAITALL)
        ends.append({'port': client.getsockname()[1], 'cookie': str(cookie)})
        if closes is None:
            sockets[server.fileno()] = server
            sockets[client.fileno()] = client
        else:
            for end in (server, client) if closes == 'server' else (client, server):
                end.close()
    return ends


def numbered(text, first, count):
    return b''.join(text % number for number in range(first, first + count))


def exactly(sock, count):
    while count:
        got = len(sock.recv(count))
        if got == 0:
            raise EOFError(f'{count} bytes are missing')
        count -= got


def serve(id, text, request, first, count, depth):
    """Answers numbered requests in the background, `depth` at a time."""
    text, request = base64.b64decode(text), base64.b64decode(request)

    def work():
        for start in range(first, first + count, depth):
            exactly(sockets[id], len(numbered(request, start, depth)))
            sockets[id].sendall(numbered(text, start, depth))

    thread = threading.Thread(target=work)
    thread.start()
    threads.append(thread)


def ask(id, text, answer, first, count, depth):
    """Sends numbered requests, `depth` at a time, and waits for the answers to these. Returns the seconds it took."""
    text, answer = base64.b64decode(text), base64.b64decode(answer)
    begun = time.monotonic()
    for start in range(first, first + count, depth):
        sockets[id].sendall(numbered(text, start, depth))
        exactly(sockets[id], len(numbered(answer, start, depth)))
    return time.monotonic() - begun


OPERATIONS = {
    each.__name__: each for each in (listen, accept, connect, send, receive, close, finish, churn, serve, ask)
}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        answered = {'result': OPERATIONS[asked.pop('op')](**asked)}
    except Exception as error:  # reported to the test
        answered = {'error': repr(error)}
    print(json.dumps(answered), flush=True)
for thread in threads:
    thread.join()
