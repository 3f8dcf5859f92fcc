import { describe, expect, it } from 'vitest';
import { Exclusions } from '../../cache/index.js';
import { compileFilter, decodeSockId, LOCAL_RULES, LOOPBACK_RULES } from '../../inetdiag/index.js';
import { parseNetlinkMessage } from '../../parse/index.js';
import { buildMessage, type MessageSpec } from '../support/messages.js';

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const OWN = Uint8Array.of(192, 0, 2, 1);
const LINK_LOCAL = Uint8Array.of(169, 254, 0, 1);
const V6_LOOPBACK = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));
const MAPPED_LOOPBACK = Uint8Array.from([...new Array<number>(10).fill(0), 255, 255, 127, 0, 0, 1]);

/** Connections, by kind. */
const CONNECTIONS: Readonly<Record<string, MessageSpec>> = {
  remote: {},
  loopback: { src: LOOPBACK, dst: LOOPBACK },
  loopback6: { family: 10, src: V6_LOOPBACK, dst: V6_LOOPBACK },
  mapped: { family: 10, src: MAPPED_LOOPBACK, dst: MAPPED_LOOPBACK },
  linkLocal: { src: OWN, dst: LINK_LOCAL },
  port: { src: LOOPBACK, dst: LOOPBACK, sport: 9090 },
};

function wanted(exclusions: Exclusions): string[] {
  return Object.entries(CONNECTIONS)
    .filter(([, spec]) => {
      const { rawIdm = new Uint8Array() } = parseNetlinkMessage(buildMessage(spec), '2026-11-21T00:00:00Z');
      return !exclusions.excludes(decodeSockId(rawIdm), spec.family ?? 2);
    })
    .map(([name]) => name);
}

describe('Exclusions', () => {
  const given = { srcPorts: [9090], dstAddressKeys: [] };

  it('exclude local addresses unless asked otherwise', () => {
    expect(wanted(new Exclusions(given))).toEqual(['remote']);
    expect(new Exclusions({ ...given, local: 'exclude' }).rules).toEqual(expect.arrayContaining([...LOCAL_RULES]));
  });

  it('include local addresses, but for what is excluded otherwise', () => {
    const exclusions = new Exclusions({ ...given, local: 'include' });
    expect(wanted(exclusions)).toEqual(['remote', 'loopback', 'loopback6', 'mapped', 'linkLocal']);
    for (const rule of LOCAL_RULES) expect(exclusions.rules).not.toContain(rule);
  });

  it('take only loopback, but for what is excluded otherwise', () => {
    const exclusions = new Exclusions({
      ...given,
      local: 'loopback',
      rules: [{ action: 'exclude', dport: [{ first: 7, last: 7 }] }],
    });
    expect(wanted(exclusions)).toEqual(['loopback', 'loopback6', 'mapped']);
    // The kernel gets a filter that drops none of these.
    expect(exclusions.rules).toBe(LOOPBACK_RULES);
    expect(compileFilter(exclusions.rules).bytecode.length).toBeGreaterThan(0);
  });

  it('of loopback leave out a disconnected socket only if it is certain', () => {
    const exclusions = new Exclusions({ ...given, local: 'loopback' });
    const of = (spec: MessageSpec): boolean => {
      const { rawIdm = new Uint8Array() } = parseNetlinkMessage(buildMessage(spec), '2026-11-21T00:00:00Z');
      return exclusions.excludesDisconnected(decodeSockId(rawIdm), spec.family ?? 2);
    };
    const lost = { src: new Uint8Array(4), dport: 0 };
    expect(of({ ...lost, dst: LOOPBACK })).toBe(false);
    expect(of({ ...lost, dst: OWN })).toBe(true);
    expect(of({ ...lost, dst: LOOPBACK, sport: 9090 })).toBe(true);
  });
});
