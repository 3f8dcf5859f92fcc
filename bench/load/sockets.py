"""Holds sockets in many processes, and opens more on request.

python3 sockets.py PROCESSES SOCKETS: forks the processes, each with that many unconnected TCP sockets and
nothing else. Prints "ready". Then each line "N" on standard input lets the next N processes, in turn, close their oldest
socket and open a new one; the line "pid inode" of each is printed. Ends with standard input.
"""

import os
import socket
import sys


def child(count, wishes, answers):
    os.closerange(0, 3)
    sockets = [socket.socket() for _ in range(count)]
    report(answers, sockets)
    while os.read(wishes, 1):
        sockets.append(socket.socket())
        ended = os.fstat(sockets[0].fileno()).st_ino
        sockets.pop(0).close()
        inode = os.fstat(sockets[-1].fileno()).st_ino
        os.write(answers, b"%d %d %d\n" % (os.getpid(), inode, ended))
    os._exit(0)


def report(answers, sockets):
    for each in sockets:
        os.write(answers, b"%d %d 0\n" % (os.getpid(), os.fstat(each.fileno()).st_ino))


def main():
    processes, count = int(sys.argv[1]), int(sys.argv[2])
    answers_in, answers_out = os.pipe()
    writers = []
    for _ in range(processes):
        wish_in, wish_out = os.pipe()
        if os.fork() == 0:
            for each in [wish_out, answers_in, *writers]:
                os.close(each)
            child(count, wish_in, answers_out)
        os.close(wish_in)
        writers.append(wish_out)
    answers = os.fdopen(answers_in, "rb")
    for _ in range(processes * count):
        sys.stdout.write(answers.readline().decode())
    print("ready", flush=True)
    turn = 0
    for line in sys.stdin:
        wanted = int(line)
        for _ in range(wanted):
            os.write(writers[turn % processes], b"x")
            turn += 1
        for _ in range(wanted):
            sys.stdout.write(answers.readline().decode())
        sys.stdout.flush()


main()
