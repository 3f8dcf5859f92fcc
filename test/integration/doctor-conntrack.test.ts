import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { addRules, type ConntrackLab, haveConntrackLab, it, setTracking } from '../support/conntrack-lab.js';
import type { Namespace } from '../support/namespaces.js';
import { havePrograms } from '../support/programs.js';
import { runDaemon, UNPRIVILEGED } from '../support/run.js';
import { tempFolder } from '../support/temp.js';

const FLOWS_PROGRAM = join(import.meta.dirname, '../../bench/load/flows.py');
const FULL_SHARE = 0.9;
/** Largest table that is filled, in some seconds. */
const MAX_FLOWS = 1_000_000;

interface Check {
  readonly name: string;
  readonly level: string;
  readonly found: string;
  readonly advice?: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Runs the doctor in a namespace, and returns its check of connection tracking. */
async function examine(namespace: Namespace, ...wrapper: readonly string[]): Promise<Check> {
  const { stdout, stderr } = await runDaemon(['doctor', '--json', `--output=${tempFolder()}`], {
    wrapper: ['nsenter', `--net=/run/netns/${namespace.name}`, ...wrapper],
  });
  expect(stderr).toBe('');
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
  const found = checks.find(({ name }) => name === 'conntrack');
  if (found === undefined) throw new Error('the check is missing');
  return found;
}

/** Creates tracked flows, without packets. */
const makeFlows = ({ near }: ConntrackLab, count: number): string => near.run('python3', FLOWS_PROGRAM, String(count));

const WHAT = 'tests of the check of connection tracking';

describe.runIf(haveConntrackLab(WHAT))('the check of connection tracking', () => {
  it('says that nothing is tracked without a hook, and that connections are with one', async ({ lab }) => {
    const without = await examine(lab.far);
    expect(without).toMatchObject({ level: 'ok', facts: { hasFlow: false, entries: 0 } });
    expect(without.found).toMatch(/^no connection is tracked: no rule of this network namespace asks for it; 0 of /);
    // Without flows it does not say what they would lack.
    expect(without.found).not.toContain('sysctl');
    addRules(lab.far, { kind: 'track' });
    const tracked = await examine(lab.far);
    expect(tracked).toMatchObject({ level: 'ok', facts: { hasFlow: true } });
    expect(tracked.found).toMatch(/^connections are tracked; [\d,]+ of at most [\d,]+ flows/);
  });

  it('names what flows lack by the settings of the namespace', async ({ lab }) => {
    setTracking(lab.near, { isCounting: false, isTimed: false, events: 0 });
    const lacking = await examine(lab.near);
    expect(lacking).toMatchObject({ level: 'ok', facts: { acct: 0, timestamp: 0, events: 0 } });
    expect(lacking.found.match(/sysctl \S+=\d/g)).toEqual([
      'sysctl net.netfilter.nf_conntrack_acct=1',
      'sysctl net.netfilter.nf_conntrack_timestamp=1',
      'sysctl net.netfilter.nf_conntrack_events=2',
    ]);
    setTracking(lab.near, { isCounting: true, isTimed: true, events: 1 });
    const complete = await examine(lab.near);
    expect(complete).toMatchObject({ level: 'ok', facts: { acct: 1, timestamp: 1, events: 1 } });
    expect(complete.found).not.toContain('sysctl');
  });

  it('warns of a table that is nearly full', async ({ lab, skip }) => {
    const { facts } = await examine(lab.near);
    const most = Number(facts['maxEntries']);
    skip(most > MAX_FLOWS, `a table of ${most} flows takes too long to fill`);
    makeFlows(lab, Math.ceil(most * FULL_SHARE));
    const full = await examine(lab.near);
    expect(full).toMatchObject({ level: 'warn', advice: expect.stringContaining('nf_conntrack_max') });
    expect(Number(full.facts['entries'])).toBeGreaterThanOrEqual(most * FULL_SHARE);
    expect(full.found).toContain(`of at most ${most.toLocaleString('en')} flows (90 %)`);
  });

  it.runIf(havePrograms(WHAT, 'setpriv'))('says what is missing without a capability', async ({ lab }) => {
    const refused = await examine(lab.near, ...UNPRIVILEGED);
    expect(refused).toMatchObject({
      level: 'ok',
      facts: { refused: 'ERR_PERMISSION', maxEntries: expect.any(Number) },
    });
    expect(refused.found).toMatch(
      /^no CAP_NET_ADMIN: no `tcp-info conntrack` and no -conntrack, .*; [\d,]+ of at most /,
    );
  });
});
