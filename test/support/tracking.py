"""Switches connection tracking on in the network namespace that it runs in, or adds other rules of nf_tables.

tracking.py RULES

RULES is a JSON array. {"kind": "track"} has a rule that reads the connection's state, which switches tracking on for
IPv4 and IPv6. All other kinds have "hook" (prerouting, output, input or postrouting), "protocol" (tcp or udp) and
"port", the destination port of the packets:
{"kind": "dnat", "address": A, "toPort": P} and {"kind": "snat", ...} translate the address, and the port if it is given;
{"kind": "redirect", "toPort": P} sends packets to this machine; {"kind": "zone", "zone": N} selects the zone.

Uses netlink directly: no other program is needed. Exits with 1 and the errno when the kernel refuses a rule.
"""

import errno
import json
import os
import socket
import struct
import sys

NETLINK_NETFILTER = 12
NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLM_F_APPEND = 1, 4, 0x400, 0x800
NLMSG_ERROR = 2
NLA_F_NESTED = 0x8000
NFNL_SUBSYS_NFTABLES = 10
BATCH_BEGIN, BATCH_END = 0x10, 0x11
NEWTABLE, NEWCHAIN, NEWRULE = 0xA00, 0xA03, 0xA06
NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6 = 1, 2, 10
HOOKS = {"prerouting": 0, "input": 1, "output": 3, "postrouting": 4}
PROTOCOLS = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}
# Priorities of the hooks: raw comes before connection tracking, the others after.
RAW, DSTNAT, SRCNAT = -300, -100, 100
REGISTER_1, REGISTER_2, REGISTER32 = 1, 2, 8
META_NFPROTO, META_L4PROTO = 15, 16
PAYLOAD_TRANSPORT = 2
CT_STATE, CT_ZONE = 0, 17
NAT_SNAT, NAT_DNAT = 0, 1
TABLE = b"tracking\0"


def attribute(kind, payload):
    padding = b"\0" * (-len(payload) % 4)
    return struct.pack("=HH", 4 + len(payload), kind) + payload + padding


def nested(kind, *parts):
    return attribute(kind | NLA_F_NESTED, b"".join(parts))


def be32(kind, value):
    return attribute(kind, struct.pack("!i", value))


def expression(name, *parts):
    return nested(1, attribute(1, name.encode() + b"\0"), nested(2, *parts))


def value(kind, payload):
    return nested(kind, attribute(1, payload))


def compare(register, payload):
    return expression("cmp", be32(1, register), be32(2, 0), value(3, payload))


def immediate(register, payload):
    return expression("immediate", be32(1, register), value(2, payload))


def meta_is(key, number):
    return [expression("meta", be32(1, REGISTER32), be32(2, key)), compare(REGISTER32, bytes([number]))]


def port_is(rule):
    load = expression("payload", be32(1, REGISTER32), be32(2, PAYLOAD_TRANSPORT), be32(3, 2), be32(4, 2))
    port = compare(REGISTER32, struct.pack("!H", rule["port"]))
    return [*meta_is(META_L4PROTO, PROTOCOLS[rule["protocol"]]), load, port]


def translation(rule, kind):
    is_ipv6 = ":" in rule["address"]
    family = NFPROTO_IPV6 if is_ipv6 else NFPROTO_IPV4
    address = socket.inet_pton(socket.AF_INET6 if is_ipv6 else socket.AF_INET, rule["address"])
    parts = [be32(1, kind), be32(2, family), be32(3, REGISTER_1)]
    loads = [immediate(REGISTER_1, address)]
    if "toPort" in rule:
        loads.append(immediate(REGISTER_2, struct.pack("!H", rule["toPort"])))
        parts.append(be32(5, REGISTER_2))
    return [*meta_is(META_NFPROTO, family), *port_is(rule), *loads, expression("nat", *parts)]


def expressions(rule):
    kind = rule["kind"]
    if kind == "track":
        return [expression("ct", be32(1, REGISTER32), be32(2, CT_STATE))]
    if kind == "dnat":
        return translation(rule, NAT_DNAT)
    if kind == "snat":
        return translation(rule, NAT_SNAT)
    if kind == "redirect":
        return [*port_is(rule), immediate(REGISTER_1, struct.pack("!H", rule["toPort"])),
                expression("redir", be32(1, REGISTER_1))]
    if kind == "zone":
        # A zone is a number of the machine's own byte order.
        return [*port_is(rule), immediate(REGISTER32, struct.pack("=H", rule["zone"])),
                expression("ct", be32(4, REGISTER32), be32(2, CT_ZONE))]
    raise SystemExit(f"tracking.py: unknown kind {kind}")


def place(rule):
    """Returns the type, hook and priority of a rule's chain."""
    kind = rule["kind"]
    if kind == "track":
        return "filter", "input", 0
    if kind == "zone":
        return "filter", rule["hook"], RAW
    return "nat", rule["hook"], SRCNAT if rule["hook"] in ("postrouting", "input") else DSTNAT


def messages(rules):
    yield NEWTABLE, 0, attribute(1, TABLE)
    for rule in rules:
        kind, hook, priority = place(rule)
        chain = attribute(3, f"{kind}-{hook}\0".encode())
        at = nested(4, be32(1, HOOKS[hook]), be32(2, priority))
        yield NEWCHAIN, 0, attribute(1, TABLE) + chain + at + attribute(7, kind.encode() + b"\0")
        name = attribute(2, f"{kind}-{hook}\0".encode())
        yield NEWRULE, NLM_F_APPEND, attribute(1, TABLE) + name + nested(4, *expressions(rule))


def packed(kind, flags, sequence, family, resource, payload):
    body = struct.pack("=BB", family, 0) + struct.pack("!H", resource) + payload
    return struct.pack("=IHHII", 16 + len(body), kind, flags, sequence, 0) + body


def main(rules):
    wanted = list(messages(rules))
    batch = packed(BATCH_BEGIN, NLM_F_REQUEST, 0, 0, NFNL_SUBSYS_NFTABLES, b"")
    for sequence, (kind, flags, payload) in enumerate(wanted, 1):
        batch += packed(kind, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | flags, sequence, NFPROTO_INET, 0, payload)
    batch += packed(BATCH_END, NLM_F_REQUEST, len(wanted) + 1, 0, NFNL_SUBSYS_NFTABLES, b"")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as kernel:
        kernel.settimeout(10)
        kernel.send(batch)
        waiting = set(range(1, len(wanted) + 1))
        while waiting:
            answer = kernel.recv(65536)
            at = 0
            while at + 20 <= len(answer):
                length, kind, _, sequence, _ = struct.unpack_from("=IHHII", answer, at)
                (error,) = struct.unpack_from("=i", answer, at + 16)
                if kind == NLMSG_ERROR and error != 0:
                    name = errno.errorcode.get(-error, str(-error))
                    raise SystemExit(f"tracking.py: message {sequence}: {name} ({os.strerror(-error)})")
                waiting.discard(sequence)
                at += (length + 3) & ~3


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
