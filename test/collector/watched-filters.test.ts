import { describe, expect, it } from 'vitest';
import { WatchedFilters } from '../../collector/index.js';
import { LOCAL_RULES, parseFilterRule } from '../../inetdiag/index.js';
import { AF_INET, NLMSG_HDRLEN } from '../../netlink/index.js';
import { buildMessage } from '../support/messages.js';

const PORT = 5001;
const PORTS = [{ first: PORT, last: PORT }];

/** Returns the `inet_diag_msg` of a socket. */
function socket({ sport = PORT, dport = 40_000, dst = [10, 0, 0, 9] }): Uint8Array {
  const message = buildMessage({
    family: AF_INET,
    sport,
    dport,
    src: Uint8Array.of(10, 0, 0, 5),
    dst: Uint8Array.from(dst),
  });
  return message.subarray(NLMSG_HDRLEN);
}

const LOOPBACK = [127, 0, 0, 1];

describe('WatchedFilters', () => {
  it('takes a socket of a watched port that is excluded for watched only', () => {
    const filters = new WatchedFilters(LOCAL_RULES, PORTS);
    expect(filters.isInScans(socket({ dst: LOOPBACK }))).toBe(false);
    expect(filters.isInEvents(socket({ dst: LOOPBACK }))).toBe(false);
    expect(filters.isInScans(socket({}))).toBe(true);
    expect(filters.isInEvents(socket({}))).toBe(true);
  });

  it('leaves sockets of other ports as they are', () => {
    const filters = new WatchedFilters(LOCAL_RULES, PORTS);
    expect(filters.covers(socket({ sport: 5002 }))).toBe(false);
    expect(filters.isInScans(socket({ sport: 5002, dst: LOOPBACK }))).toBe(true);
  });

  it('takes the event of a disconnected socket for recorded: only its cookie shows its connection', () => {
    const filters = new WatchedFilters(LOCAL_RULES, PORTS);
    expect(filters.isInEvents(socket({ dport: 0, dst: LOOPBACK }))).toBe(true);
  });

  it('knows what the rules of -filter leave out', () => {
    const filters = new WatchedFilters([...LOCAL_RULES, parseFilterRule('exclude dst 10.0.0.9')], PORTS);
    expect(filters.isInScans(socket({}))).toBe(false);
    expect(filters.isInScans(socket({ dst: [10, 0, 0, 8] }))).toBe(true);
  });

  it('has neither filter nor tally without a filter of the kernel', () => {
    const filters = new WatchedFilters(undefined, PORTS);
    expect(filters.filter).toBeUndefined();
    expect(filters.tally).toHaveLength(0);
    expect(filters.isInScans(socket({ dst: LOOPBACK }))).toBe(true);
  });

  it('changes its ports', () => {
    const filters = new WatchedFilters(LOCAL_RULES, PORTS);
    const before = filters.filter?.bytecode;
    filters.setPorts([{ first: 6000, last: 6010 }]);
    expect(filters.filter?.bytecode).not.toEqual(before);
    expect(filters.covers(socket({}))).toBe(false);
    expect(filters.isInScans(socket({ sport: 6005, dst: LOOPBACK }))).toBe(false);
  });
});
