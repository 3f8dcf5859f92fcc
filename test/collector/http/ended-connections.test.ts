import { describe, expect, it } from 'vitest';
import { ConnectionCache, Exclusions } from '../../../cache/index.js';
import { EndedConnections } from '../../../collector/http/index.js';
import type { HttpEnd } from '../../../http/index.js';
import { AF_INET, AF_INET6, parseAddress } from '../../../netlink/index.js';
import { formatTimestamp, parseNetlinkMessage } from '../../../parse/index.js';
import { buildMessage, tcpInfo } from '../../support/messages.js';

/** Returns an address as the kernel has it: IPv4 is in the first 4 of 16 bytes. */
const address = (...bytes: readonly number[]): Uint8Array => Uint8Array.from({ length: 16 }, (_, i) => bytes[i] ?? 0);
const ENDS = { src: address(10, 0, 0, 1), sport: 5001, dst: address(10, 0, 0, 2), dport: 40_000 };
const TIME = formatTimestamp(1_795_217_283_000_000_000n);

/** Ends a connection whose `tcp_info` says these counters, and returns its ends as packets have them. */
function setUp() {
  let nowMs = 0;
  const ended = new EndedConnections(() => nowMs);
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'host_1', exclusions, observers: [ended] });
  const close = (cookie: bigint): void => {
    const info = tcpInfo(280);
    info.writeUInt32LE(41_000, 68);
    info.writeUInt32LE(3, 100);
    info.writeUInt32LE(1000, 136);
    cache.update(
      parseNetlinkMessage(buildMessage({ cookie, ...ENDS, attributes: [{ type: 2, payload: info }] }), TIME),
    );
    cache.endAll(TIME);
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { ended, close, pass };
}

const end = (host: number, port: number): HttpEnd => ({ family: AF_INET, bytes: Uint8Array.of(10, 0, 0, host), port });
const LOCAL = end(1, 5001);
const REMOTE = end(2, 40_000);

describe('connections that have ended', () => {
  it('are known by their ends for a minute, the later one of two', () => {
    const { ended, close, pass } = setUp();
    const ends = { local: LOCAL, remote: REMOTE };
    expect(ended.find(ends, undefined)).toBeNull();
    close(1n);
    expect(ended.find(ends, undefined)).toEqual({
      ...{ uuid: 'host_1_0000000000000001', rttUs: 41_000, totalRetrans: 3, segsOut: 1000 },
    });
    close(2n);
    expect(ended.find(ends, undefined)?.uuid).toBe('host_1_0000000000000002');
    expect(ended.find({ local: REMOTE, remote: LOCAL }, undefined)).toBeNull();
    expect(ended.find(ends, { inode: 1, name: 'other' })).toBeNull();
    pass(59_999);
    expect(ended.find(ends, undefined)).not.toBeNull();
    pass(1);
    expect(ended.find(ends, undefined)).toBeNull();
  });

  it('are found by IPv4 addresses that sockets have as mapped ones', () => {
    const { ended, close } = setUp();
    close(1n);
    const mapped = ({ bytes, port }: HttpEnd): HttpEnd => {
      const text = `::ffff:${[...bytes].join('.')}`;
      return { family: AF_INET6, bytes: parseAddress(text)?.bytes ?? bytes, port };
    };
    expect(ended.find({ local: mapped(LOCAL), remote: mapped(REMOTE) }, undefined)).not.toBeNull();
  });
});
