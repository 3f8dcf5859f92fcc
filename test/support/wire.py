"""Carries Ethernet frames between two devices of a network namespace, like a long or bad cable.

wire.py NEAR FAR [--delay SECONDS] [--loss SHARE] [--burst SECONDS]

Frames towards NEAR are delayed. A share of the frames towards FAR is lost, the same ones in every run. From SIGUSR1 on,
all of them are lost for BURST seconds.
This works on kernels without queueing disciplines.
"""

import argparse
import collections
import errno
import random
import select
import signal
import socket
import time

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
# Beyond the limits of net.core.*mem_max.
SO_SNDBUFFORCE = 32
SO_RCVBUFFORCE = 33
VNET_HDR_BYTES = 10
# Buffer for one IPv4 frame: a segmentation offload packet can have 64 KiB, and a header that says so.
FRAME_BYTES = 1 << 17


def attach(device):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    # The devices are virtual and compute no checksums: the header carries over the pending work.
    end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
    end.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 26)
    end.bind((device, ETH_P_ALL))
    end.setblocking(False)
    return end


def put(end, frame):
    try:
        end.send(frame)
    except OSError as error:
        # A full device queue: the frame is lost.
        if error.errno not in (errno.ENOBUFS, errno.EAGAIN):
            raise


def carry(near, far, delay, loss, burst):
    late = collections.deque()
    lost_until = [0.0]

    def begin_burst(_signal, _frame):
        lost_until[0] = time.monotonic() + burst
        print("burst", time.time_ns(), flush=True)

    signal.signal(signal.SIGUSR1, begin_burst)
    print("ready", flush=True)
    chance = random.Random(1)
    while True:
        wait = max(0, late[0][0] - time.monotonic()) if late else None
        ready, _, _ = select.select([near, far], [], [], wait)
        now = time.monotonic()
        while late and late[0][0] <= now:
            put(near, late.popleft()[1])
        for end in ready:
            for _ in range(64):
                try:
                    frame = end.recv(FRAME_BYTES)
                except BlockingIOError:
                    break
                if end is far:
                    late.append((time.monotonic() + delay, frame))
                elif time.monotonic() < lost_until[0]:
                    continue
                elif len(frame) < 200 or chance.random() >= loss:
                    put(far, frame)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("near")
    parser.add_argument("far")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--loss", type=float, default=0)
    parser.add_argument("--burst", type=float, default=0)
    args = parser.parse_args()
    near, far = attach(args.near), attach(args.far)
    carry(near, far, args.delay, args.loss, args.burst)


main()
