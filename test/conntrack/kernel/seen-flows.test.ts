import { describe, expect, it } from 'vitest';
import { type Flow, IPPROTO_TCP, IPPROTO_UDP } from '../../../conntrack/index.js';
import { SeenFlows } from '../../../conntrack/kernel/seen-flows.js';

const flow = (id: number, orig: Partial<Flow['orig']> = {}, zone = 0): Flow =>
  ({ id, zone, orig: { protocol: IPPROTO_TCP, sport: 1, dport: 2, ...orig } }) as Flow;

describe('seen flows', () => {
  it('are those that were added, also more than fit one array and some twice', () => {
    const seen = new SeenFlows();
    const count = 40_000;
    for (let id = 0; id < count; id++) seen.add(flow(id));
    for (let id = 0; id < count; id++) seen.add(flow(id));
    for (let id = 0; id < count; id++) expect(seen.take(flow(id))).toBe(false);
    expect([seen.take(flow(count)), seen.take(flow(count)), seen.isFull]).toEqual([true, false, false]);
    seen.add(flow(count + 1));
    expect(seen.take(flow(count + 1))).toBe(false);
  });

  it('differ by id, ports, protocol and zone', () => {
    const seen = new SeenFlows();
    const all = [
      flow(1),
      flow(0xffff_ffff),
      flow(1, { sport: 2 }),
      flow(1, { dport: 1 }),
      flow(1, { sport: 2, dport: 1 }),
      flow(1, { protocol: IPPROTO_UDP }),
      flow(1, {}, 3),
      flow(1, { sport: 0xffff, dport: 0xffff }),
    ];
    for (const each of all) expect(seen.take(each)).toBe(true);
    for (const each of all) expect(seen.take(each)).toBe(false);
  });

  it('of one id are told apart by every pair of ports but few', () => {
    const seen = new SeenFlows();
    let same = 0;
    for (let sport = 1024; sport < 4024; sport++) if (!seen.take(flow(7, { sport, dport: 443 }))) same++;
    // By chance: 3000 in pairs, of two million values.
    expect(same).toBeLessThan(20);
  });

  it('are no more than the bound', () => {
    const seen = new SeenFlows(3);
    for (let id = 0; id < 3; id++) seen.add(flow(id));
    expect(seen.isFull).toBe(false);
    seen.add(flow(3));
    expect(seen.isFull).toBe(true);
  });
});
