import { describe, expect } from 'vitest';
import { addRules, type ConntrackLab, haveConntrackLab, it, type TrackingRule } from '../support/conntrack-lab.js';
import type { Namespace } from '../support/namespaces.js';
import { runDaemon } from '../support/run.js';

/** Port that clients ask for where the destination is translated. */
const ASKED = 9000;

interface Joined {
  readonly side: string;
  readonly uuid?: string;
  readonly nat?: Readonly<Record<'source' | 'destination', { readonly before: string; readonly after: string }>>;
  readonly tcp?: { readonly state: string };
}

/** Ends of a TCP socket as it shows them. */
interface Ends {
  readonly local: string;
  readonly remote: string;
}

/** Lists the only flow of a namespace that is tracked there, with its socket. */
async function joinedIn({ name }: Namespace): Promise<Joined> {
  const { code, stdout, stderr } = await runDaemon(['conntrack', 'list', '--join', '--format=json', 'protocol = tcp'], {
    wrapper: ['nsenter', `--net=/run/netns/${name}`],
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const flows = JSON.parse(stdout) as Joined[];
  expect(flows).toHaveLength(1);
  const [flow] = flows;
  if (flow === undefined) throw new Error('no flow');
  return flow;
}

/** Returns the end of the UUID of the socket with these ends: its cookie, as ss prints it. */
function cookieOf(namespace: Namespace, { local, remote }: Ends): string {
  const rows = namespace
    .run('ss', '-Htne')
    .split('\n')
    .filter((row) => row.split(/\s+/).slice(3, 5).join(' ') === `${local} ${remote}`);
  expect(rows).toHaveLength(1);
  const cookie = / sk:([0-9a-f]+)/.exec(rows[0] ?? '')?.[1] ?? '';
  return `_${cookie.toUpperCase().padStart(16, '0')}`;
}

/** Opens a connection from the near namespace, which translates it, and checks the flow there. */
async function checkOpened(
  lab: ConntrackLab,
  rules: (port: number) => TrackingRule[],
  asked?: number,
): Promise<Joined> {
  const { near, far } = lab;
  const port = await lab.farPeer.listen('0.0.0.0');
  addRules(near, ...rules(port));
  const { localPort } = await lab.nearPeer.connect({ host: far.ipv4, port: asked ?? port });
  const flow = await joinedIn(near);
  const ends = { local: `${near.ipv4}:${localPort}`, remote: `${far.ipv4}:${asked ?? port}` };
  expect(flow).toMatchObject({ side: 'orig', tcp: { state: 'ESTABLISHED' } });
  expect(flow.uuid).toMatch(new RegExp(`${cookieOf(near, ends)}$`));
  return flow;
}

/** Opens a connection to the near namespace, which translates it, and checks the flow there. */
async function checkAccepted(
  lab: ConntrackLab,
  rules: (port: number) => TrackingRule[],
  source: string,
  asked?: number,
) {
  const { near } = lab;
  const port = await lab.nearPeer.listen('0.0.0.0');
  addRules(near, ...rules(port));
  const { localPort } = await lab.farPeer.connect({ host: near.ipv4, port: asked ?? port });
  const flow = await joinedIn(near);
  const ends = { local: `${near.ipv4}:${port}`, remote: `${source}:${localPort}` };
  expect(flow).toMatchObject({ side: 'reply', tcp: { state: 'ESTABLISHED' } });
  expect(flow.uuid).toMatch(new RegExp(`${cookieOf(near, ends)}$`));
  return flow;
}

const dnat = (hook: 'output' | 'prerouting', address: string, toPort: number): TrackingRule => ({
  ...{ kind: 'dnat', protocol: 'tcp', port: ASKED },
  ...{ hook, address, toPort },
});
const snat = (hook: 'postrouting' | 'input', address: string, port: number): TrackingRule => ({
  ...{ kind: 'snat', protocol: 'tcp' },
  ...{ hook, address, port },
});

describe.runIf(haveConntrackLab('tests of joined flows'))(
  'conntrack list --join has the UUID of the right socket',
  () => {
    it('of one that opened a connection: DNAT in OUTPUT', async ({ lab }) => {
      const { ipv4 } = lab.far;
      const { nat } = await checkOpened(lab, (port) => [dnat('output', ipv4, port)], ASKED);
      expect(nat).toEqual({ destination: { before: `${ipv4}:${ASKED}`, after: expect.stringContaining(ipv4) } });
    });

    it('of one that opened a connection: SNAT in POSTROUTING', async ({ lab }) => {
      const { ipv4, otherIpv4 } = lab.near;
      const { nat } = await checkOpened(lab, (port) => [snat('postrouting', otherIpv4, port)]);
      expect(nat).toEqual({
        source: { before: expect.stringContaining(`${ipv4}:`), after: expect.stringContaining(`${otherIpv4}:`) },
      });
    });

    it('of one that opened a connection: both, and of the one that accepted it elsewhere', async ({ lab }) => {
      const { near, far } = lab;
      // The far namespace tracks the same connection as another flow, which is not translated there.
      addRules(far, { kind: 'track' });
      const rules = (port: number) => [dnat('output', far.ipv4, port), snat('postrouting', near.otherIpv4, port)];
      const { uuid, nat } = await checkOpened(lab, rules, ASKED);
      expect(Object.keys(nat ?? {}).sort()).toEqual(['destination', 'source']);
      const accepted = await joinedIn(far);
      expect(accepted).toMatchObject({ side: 'reply', tcp: { state: 'ESTABLISHED' } });
      expect(accepted).not.toHaveProperty('nat');
      const [local = '', remote = ''] = [nat?.destination.after, nat?.source.after];
      expect(accepted.uuid).toMatch(new RegExp(`${cookieOf(far, { local, remote })}$`));
      expect(accepted.uuid).not.toBe(uuid);
    });

    it('of one that accepted a connection: DNAT in PREROUTING', async ({ lab }) => {
      const { near, far } = lab;
      const { nat } = await checkAccepted(lab, (port) => [dnat('prerouting', near.ipv4, port)], far.ipv4, ASKED);
      expect(nat).toEqual({ destination: { before: `${near.ipv4}:${ASKED}`, after: expect.anything() } });
    });

    it('of one that accepted a connection: SNAT in INPUT', async ({ lab }) => {
      const { far } = lab;
      const { nat } = await checkAccepted(lab, (port) => [snat('input', far.otherIpv4, port)], far.otherIpv4);
      expect(Object.keys(nat ?? {})).toEqual(['source']);
    });

    it('of one that accepted a connection: both', async ({ lab }) => {
      const { near, far } = lab;
      const rules = (port: number) => [dnat('prerouting', near.ipv4, port), snat('input', far.otherIpv4, port)];
      const { nat } = await checkAccepted(lab, rules, far.otherIpv4, ASKED);
      expect(Object.keys(nat ?? {}).sort()).toEqual(['destination', 'source']);
    });
  },
);
