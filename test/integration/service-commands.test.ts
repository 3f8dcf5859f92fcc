import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { haveLab, it, type Lab } from '../support/lab.js';
import { UNPRIVILEGED } from '../support/run.js';
import { until } from '../support/waiting.js';
import {
  addresses,
  admitted,
  closed,
  expectOpen,
  expectRejected,
  metric,
  rejected,
  type Watched,
  watch,
} from '../support/watched-service.js';

/** Watches a service with the live API on a unix socket, and returns what sends commands to it. */
async function commanded(
  lab: Lab,
  keys: Readonly<Record<string, string>> = {},
  options: Parameters<typeof watch>[2] = {},
): Promise<Watched & { readonly tell: (path: string, body?: object) => Record<string, unknown> }> {
  const socket = join(lab.folder, 'live.sock');
  const watched = await watch(lab, keys, { ...options, more: [`-live=unix:${socket}`] });
  const tell = (path: string, body?: object): Record<string, unknown> => {
    const sent = body === undefined ? [] : ['-X', 'POST', '-d', JSON.stringify(body)];
    const url = `http://localhost/api/v1/services/web${path}`;
    return JSON.parse(lab.near.run('curl', '-s', '--unix-socket', socket, ...sent, url)) as Record<string, unknown>;
  };
  return { ...watched, tell };
}

describe.skipIf(!haveLab('tests of commands to watched services'))('a command to a watched service', () => {
  it('rejects an address, open and new connections, until it is released, and no other one', async ({ lab }) => {
    const [one, two] = addresses(lab);
    const watched = await commanded(lab);
    const { daemon, port, tell } = watched;
    const open = await admitted(watched, lab, one);
    const other = await admitted(watched, lab, two);
    expect(tell('/reject', { ip: one, for: '10m' })).toMatchObject({ enforce: 'new', closed: 1, connections: 2 });
    expect(await open.closed()).toBe('ECONNRESET');
    await expectRejected(lab, port, { localAddress: one });
    await until('a rejection', async () => (await rejected(daemon, 'blacklist')) === 1);
    expect(await closed(daemon, 'blacklist')).toBe(1);
    await expectOpen(other);
    const { services } = tell('') as { readonly services: readonly { readonly refused: readonly unknown[] }[] };
    expect(services[0]?.refused).toEqual([{ ip: one, remainingSec: expect.any(Number) }]);
    expect(tell('/release', { ip: one })).toMatchObject({ released: true });
    await expectOpen(await admitted(watched, lab, one), other);
    expect(daemon.log).toMatch(/msg="command for a service" service=web action=reject/);
    expect(daemon.log).toMatch(/msg="connection ended by a rule" service=web rule=blacklist client=\S+ uuid=\S+/);
  });

  it('closes the connection of a UUID, and those of an address, and leaves the listener', async ({ lab }) => {
    const [one, two] = addresses(lab);
    const watched = await commanded(lab, {}, { enforce: '-services.enforce' });
    const { daemon, tell } = watched;
    const [a, b, c] = [
      await admitted(watched, lab, one),
      await admitted(watched, lab, two),
      await admitted(watched, lab),
    ];
    expect(tell('/close', { ip: two })).toMatchObject({ closed: 1 });
    expect(await b.closed()).toBe('ECONNRESET');
    await daemon.logged(/msg="connection ended by a rule" service=web rule=closed/);
    const uuid = new RegExp(`client=${two} uuid=(\\S+)_`).exec(daemon.log)?.[1] ?? '';
    const cookie = /sk:(\w+)/.exec(lab.near.run('ss', '-Htne', `dport = :${a.localPort}`))?.[1] ?? '';
    const ended = `${uuid}_${BigInt(`0x${cookie}`).toString(16).toUpperCase().padStart(16, '0')}`;
    expect(tell('/close', { uuid: ended })).toMatchObject({ closed: 1 });
    expect(await a.closed()).toBe('ECONNRESET');
    await until('two ends', async () => (await closed(daemon, 'closed')) === 2);
    await expectOpen(c, await admitted(watched, lab, one));
    expect(await metric(daemon, 'destroys_total', 'result="destroyed"')).toBe(2);
  });

  it('drains: idle connections and new ones end, the others after wait_timeout', async ({ lab }) => {
    const watched = await commanded(lab, { wait_timeout: '3' });
    const { daemon, port, tell } = watched;
    const idle = await admitted(watched, lab);
    const busy = await admitted(watched, lab);
    await lab.farPeer.stream([busy], 10, 50);
    await until('an idle second', () =>
      /lastrcv:1\d{3}\b/.test(lab.near.run('ss', '-Htni', `dport = :${idle.localPort}`)),
    );
    expect(tell('/drain', {})).toMatchObject({ draining: true, connections: 2 });
    expect(await idle.closed()).toBe('ECONNRESET');
    await expectRejected(lab, port);
    expect(await busy.closed()).toBe('ECONNRESET');
    await until('both ends', async () => (await closed(daemon, 'drain')) === 2);
    await until('a rejection', async () => (await rejected(daemon, 'stopping')) === 1);
    expect(tell('/undrain', {})).toMatchObject({ draining: false });
    await expectOpen(await admitted(watched, lab));
  });

  it('ends nothing in a dry run, and is refused without enforcement', async ({ lab }) => {
    const dry = await commanded(lab, {}, { enforce: '-services.enforce=dry-run' });
    const open = await admitted(dry, lab);
    expect(dry.tell('/close', { idle: 0.001 })).toMatchObject({ enforce: 'dry-run', closed: 1 });
    await dry.daemon.logged(/msg="a rule would end this connection" service=web rule=closed/);
    await expectOpen(open);
    await dry.daemon.stop();
    const off = await commanded(lab, {}, { enforce: '' });
    expect(off.tell('/drain', {})).toMatchObject({ status: 403, code: 'ERR_NOT_ENFORCED' });
    await expectOpen(await admitted(off, lab));
  });

  it('without the right to end connections says so once, counts each failure, and tries again if told', async ({
    lab,
  }) => {
    const watched = await commanded(lab, {}, { wrapper: UNPRIVILEGED });
    const { daemon, tell } = watched;
    const open = [await admitted(watched, lab), await admitted(watched, lab)];
    for (const times of [1, 2]) {
      expect(tell('/close', { ip: lab.far.ipv4 })).toMatchObject({ closed: 2, connections: 2 });
      await until('failures', async () => {
        return (await metric(daemon, 'enforcement_failures_total', 'error="denied"')) === 2 * times;
      });
    }
    await expectOpen(...open);
    expect(daemon.log.match(/CAP_NET_ADMIN is missing/g)).toHaveLength(1);
  });
});
