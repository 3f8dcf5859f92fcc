import { describe, expect } from 'vitest';
import { flowLine, NETLINK_NETFILTER } from '../../conntrack/index.js';
import { readFlows, SelectedFlows } from '../../conntrack/kernel/index.js';
import {
  ALL_FLOWS,
  type FlowAddon,
  LineFollower,
  type LineFollowerOptions,
  type WantedFlows,
} from '../../conntrack/socket/index.js';
import { netlink } from '../../native/index.js';
import { type ConntrackLab, haveConntrackLab, it } from '../support/conntrack-lab.js';
import { listenerKeeper } from '../support/kept-listeners.js';
import { until } from '../support/waiting.js';

const LOOPBACK = '127.0.0.1';
/** Room for some dozens of events. */
const SMALL_BUFFER = 100_000;
const TIME = '2026-11-28T19:05:02.004Z';

/** Line of a flow or an event. */
interface Line {
  readonly event?: string;
  readonly events?: number;
  readonly id?: number;
  readonly orig?: { readonly sport?: number; readonly dport?: number };
}

const linesOf = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString().trimEnd().split('\n');

/** A follower whose lines are kept. */
class Recorder implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly #done: Promise<void>;

  private constructor(readonly follower: LineFollower) {
    this.#done = this.#read();
  }

  static async start({ near }: ConntrackLab, options: Partial<LineFollowerOptions> = {}, wanted = ALL_FLOWS) {
    return new Recorder(await open(near.name, options, wanted));
  }

  count(event: string): number {
    return this.lines.filter((line) => line.event === event).length;
  }

  async #read(): Promise<void> {
    for await (const bytes of this.follower) {
      this.lines.push(...linesOf(bytes).map((text): Line => JSON.parse(text)));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.follower.return();
    await this.#done;
  }
}

async function open(
  namespace: string,
  options: Partial<LineFollowerOptions> = {},
  wanted: WantedFlows = ALL_FLOWS,
  addon: FlowAddon = netlink,
) {
  return await LineFollower.open({ namespace, events: ['new', 'destroy'], ...options }, wanted, addon);
}

describe.runIf(haveConntrackLab('tests of lines of flows'))('lines', () => {
  it('of a listing are those of its flows, with a condition or without', async ({ lab }) => {
    const { name: namespace } = lab.near;
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 2500, firstPort: 10_000 });
    for (const filter of [undefined, 'sport < 11000', 'sport = 10500 or sport in (10500, 10501)']) {
      const options = { namespace, ...(filter === undefined ? {} : { filter }) };
      const flows = readFlows(options);
      const expected: string[] = [];
      for await (const batch of flows) {
        for (const flow of batch) expected.push(flowLine(flow, { time: TIME, isLocal: flows.isLocal }));
      }
      const listing = readFlows(options);
      const lines: string[] = [];
      for await (const bytes of listing.lines(TIME)) lines.push(...linesOf(bytes));
      // Seconds until a flow expires go on between two dumps.
      const lasting = (texts: readonly string[]) =>
        texts.map((text) => text.replace(/"timeoutSec":\d+/, '')).toSorted();
      expect(expected.length).toBeGreaterThan(1);
      expect(lasting(lines)).toEqual(lasting(expected));
      expect(listing.counts.matched).toBe(expected.length);
    }
  });

  it('of events come in order, of wanted kinds, and with a condition only of its flows', async ({ lab }) => {
    await using all = await Recorder.start(lab);
    const filter = 'orig.sport < 10003 or orig.sport > 10004';
    await using some = await Recorder.start(lab, {}, new SelectedFlows({ filter }));
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 6, firstPort: 10_000 });
    await until('all events', () => all.lines.length === 6 && some.lines.length === 4);
    expect(all.lines.every(({ event, orig }) => event === 'new' && orig?.dport === 7000)).toBe(true);
    expect(all.follower.lost).toBe(0);
  });

  it('of a loss say how much is lost, and all flows follow', async ({ lab }) => {
    const keeper = listenerKeeper();
    const follower = await open(lab.near.name, { bufferBytes: SMALL_BUFFER }, ALL_FLOWS, keeper.addon);
    const listener = keeper.listeners.get(NETLINK_NETFILTER);
    listener?.pause();
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 20_000, firstPort: 10_000 });
    listener?.resume();
    const lines: Line[] = [];
    const count = (event: string): number => lines.filter((line) => line.event === event).length;
    for await (const bytes of follower) {
      lines.push(...linesOf(bytes).map((text): Line => JSON.parse(text)));
      if (count('resync') >= 20_000) break;
    }
    const at = lines.findIndex(({ event }) => event === 'lost');
    const lost = lines.reduce((sum, { events = 0 }) => sum + events, 0);
    expect(at).toBeGreaterThan(0);
    expect(count('new') + lost).toBe(20_000);
    expect(follower.lost).toBe(lost);
    // Not by id, a hash of 32 bits: in one run of twenty two of 20,000 are equal.
    const listed = lines.slice(at).flatMap(({ orig, event }) => (event === 'resync' ? [orig?.sport] : []));
    expect(new Set(listed).size).toBe(20_000);
    expect(await follower.next()).toEqual({ done: true, value: undefined });
  });

  it('of a follower end with its signal, also while a consumer waits', async ({ lab }) => {
    const ending = new AbortController();
    const follower = await open(lab.near.name, { signal: ending.signal });
    const waiting = follower.next();
    ending.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await expect(open(lab.near.name, { signal: ending.signal })).rejects.toThrow();
  });
});
