import { describe, expect, it } from 'vitest';
import { ROW_FIELDS } from '../../../live/store/index.js';
import type { RowJson } from '../../../live/wire/index.js';
import { AF_INET, AF_INET6 } from '../../../netlink/index.js';
import { TcpState, tcpStateName } from '../../../tcp/index.js';
import { endingText, rowFacts } from '../../../view/rows/index.js';

const LOOK = { unicode: true, bytes: false };

function factsOf(row: RowJson): Record<string, string> {
  const facts = rowFacts(row, ROW_FIELDS, LOOK).flatMap((part) => part.facts);
  return Object.fromEntries(facts.map(({ name, text }) => [name, text]));
}

describe('facts of a row', () => {
  it.each(Object.values(TcpState))('name state %d as the kernel does', (lastState) => {
    expect(factsOf({ connection: { lastState } })).toEqual({ lastState: tcpStateName(lastState) });
  });

  it('name an unknown state by its number', () => {
    expect(factsOf({ connection: { lastState: 99 } })).toEqual({ lastState: tcpStateName(99) });
  });

  it.each([
    [AF_INET, 'IPv4'],
    [AF_INET6, 'IPv6'],
  ])('name address family %d', (family, name) => {
    expect(factsOf({ connection: { family } })).toEqual({ family: name });
  });

  it('have the parts in order, with units, and without what is not known', () => {
    const parts = rowFacts(
      { state: 'ESTABLISHED', now: { rttUs: 39_000, minRttUs: null }, process: { pid: 812 }, nat: null },
      ROW_FIELDS,
      LOOK,
    );
    expect(parts.map(({ title, facts }) => [title, ...facts.map(({ name, text }) => `${name} ${text}`)])).toEqual([
      ['Connection', 'state ESTABLISHED'],
      ['Process', 'pid 812'],
      ['Last second', 'rttUs 39 ms'],
    ]);
  });

  it('have each value of an object, but no cause that took no time', () => {
    const limitedUs = { application: 0, cwnd: 1_500_000, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 };
    expect(factsOf({ connection: { limitedUs } })).toEqual({ 'limitedUs.cwnd': '1.5 s' });
  });
});

describe('ending of a row in words', () => {
  it('says how it ended and who else holds the socket', () => {
    const connection = { howEnded: 'reset_remote', closedFirst: 'remote' } as const;
    expect(endingText({ open: false, connection, process: { otherPids: 2 } }, LOOK)).toBe(
      'Ended: reset by the other end, remote end first; 2 other processes hold the socket, too',
    );
  });

  it('does not exist while it is open and no other process has it', () => {
    expect(endingText({ open: true, connection: { howEnded: 'open' } }, LOOK)).toBeUndefined();
  });
});
