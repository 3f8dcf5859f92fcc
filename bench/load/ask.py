"""Asks a live API on a unix socket for one path, every few milliseconds, until stdin ends.

Usage: ask.py SOCKET PATH EVERY_MS, as root. Prints at the end one line for each answer: the time of the request,
milliseconds of CLOCK_MONOTONIC, and the milliseconds until its last byte.
A client that waits for the API and not for a core: it takes little CPU time, before others, and prints nothing meanwhile.
"""
import os
import select
import socket
import sys
import time


def read_answer(connection):
    """Reads an answer with Content-Length."""
    data = b''
    while b'\r\n\r\n' not in data:
        data += read_some(connection)
    head, body = data.split(b'\r\n\r\n', 1)
    lines = head.split(b'\r\n')
    if b' 200 ' not in lines[0] + b' ':
        raise SystemExit(f'ask.py: {lines[0].decode()}')
    length = next(int(line.split(b':')[1]) for line in lines if line.lower().startswith(b'content-length:'))
    while len(body) < length:
        body += read_some(connection)


def read_some(connection):
    part = connection.recv(65536)
    if not part:
        raise SystemExit('ask.py: the connection was closed')
    return part


def main():
    path, target, every_ms = sys.argv[1:]
    request = f'GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n'.encode()
    answers = []
    os.nice(-15)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        while not select.select([sys.stdin], [], [], float(every_ms) / 1000)[0]:
            began = time.monotonic()
            connection.sendall(request)
            read_answer(connection)
            answers.append((began, time.monotonic() - began))
    for began, took in answers:
        print(f'{began * 1000:.3f} {took * 1000:.3f}')


main()
