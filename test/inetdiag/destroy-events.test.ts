import { describe, expect, it } from 'vitest';
import {
  INET_DIAG_INFO,
  MINI_SOCKET,
  readState,
  SOCK_DIAG_BY_FAMILY,
  TCP_DESTROY_GROUPS,
} from '../../inetdiag/index.js';
import { parseNetlinkMessage } from '../../parse/index.js';
import { TcpState } from '../../tcp/index.js';
import { capturedMessages } from '../support/fixtures.js';

const NLMSG_HDRLEN = 16;

describe('TCP_DESTROY_GROUPS', () => {
  it('are SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY', () => {
    expect(TCP_DESTROY_GROUPS).toBe(0b101);
  });
});

describe('captured destroy events', () => {
  it.each(
    capturedMessages('6.18-destroy.bin').map((message, index) => [index, message] as const),
  )('number %i has a full socket in CLOSE, with its final tcp_info', (_, message) => {
    expect(message.readUInt16LE(4)).toBe(SOCK_DIAG_BY_FAMILY);
    const { rawIdm = new Uint8Array(), attributes } = parseNetlinkMessage(message, '2026-11-20T00:00:00Z');
    expect(readState(rawIdm)).toBe(TcpState.CLOSE);
    expect(rawIdm[MINI_SOCKET.offset]).not.toBe(MINI_SOCKET.bytes[0]);
    expect(attributes?.[INET_DIAG_INFO]?.[0]).toBe(TcpState.CLOSE);
  });
});

describe('MINI_SOCKET', () => {
  it('distinguishes mini-sockets, which are connected but have no tcp_info, from full ones', () => {
    const isMini = (message: Buffer): boolean => message[NLMSG_HDRLEN + MINI_SOCKET.offset] === MINI_SOCKET.bytes[0];
    const dump = capturedMessages('6.18-dump.bin');
    const mini = dump.filter(isMini);
    expect(mini.map((message) => message[NLMSG_HDRLEN + 1])).toEqual([TcpState.TIME_WAIT]);
    const bare = dump.filter((message) => {
      const { attributes = [] } = parseNetlinkMessage(message, '2026-11-20T00:00:00Z');
      return (attributes[INET_DIAG_INFO] ?? null) === null;
    });
    expect(mini.every((message) => bare.includes(message))).toBe(true);
    // The other socket was never connected.
    expect(bare.filter((message) => !isMini(message)).map((message) => message.readUInt16BE(22))).toEqual([0]);
  });
});
