import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type FollowHttpOptions, followHttp, type HttpExchange } from '../../http/kernel/index.js';
import { requireBuilt } from '../support/daemon.js';
import { type HttpLab, haveHttpLab, it } from '../support/http-lab.js';

const ALONE = join(import.meta.dirname, '../support/http-alone.mjs');
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const ORDINARY = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
/** Rights of an ordinary user, with and without the one that a capture needs. */
const WITH_RIGHT = [
  ...ORDINARY,
  '--inh-caps=-all,+net_raw',
  '--ambient-caps=-all,+net_raw',
  '--bounding-set=-all,+net_raw',
];
const WITHOUT_RIGHT = [...ORDINARY, '--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all'];

interface Alone {
  readonly error?: { readonly name: string; readonly code: string; readonly message: string };
  readonly exchanges?: readonly { readonly status: number; readonly uuid: string; readonly path: string }[];
  readonly counts?: { readonly unpaired: { readonly overload: number }; readonly packets: { readonly read: number } };
}

/** Runs the library in a program of its own. */
function runAlone(lab: HttpLab, rights: readonly string[], ...args: readonly string[]): Alone {
  requireBuilt();
  const [file, argv] = lab.pair.near.command('setpriv', ...rights, process.execPath, ALONE, ...args);
  return JSON.parse(execFileSync(file, argv, { encoding: 'utf8' })) as Alone;
}

const optionsIn = (lab: HttpLab, options: Partial<FollowHttpOptions> = {}): FollowHttpOptions => ({
  ports: [80],
  namespace: `/run/netns/${lab.pair.near.name}`,
  uuidPrefix: 'library',
  ...options,
});

describe.skipIf(!haveHttpLab('the library for HTTP'))('library for HTTP', () => {
  it('works for an ordinary user with CAP_NET_RAW alone', ({ lab }) => {
    const { exchanges, error, counts } = runAlone(lab, WITH_RIGHT, '20');
    expect(error).toBeUndefined();
    expect(exchanges).toHaveLength(20);
    for (const exchange of exchanges ?? []) {
      expect(exchange).toEqual({
        method: 'GET',
        path: '/a/b',
        status: 200,
        side: 'local',
        uuid: expect.stringMatching(/^alone_[0-9A-F]{16}$/),
        headers: { request: {}, response: {} },
      });
    }
    expect(counts?.packets.read).toBeGreaterThanOrEqual(42);
  });

  it('says which right is missing', ({ lab }) => {
    expect(runAlone(lab, WITHOUT_RIGHT, '1').error).toEqual({
      name: 'PacketCaptureError',
      code: 'ERR_PERMISSION',
      message: 'capture packets: needs CAP_NET_RAW in the user namespace that owns the network namespace',
    });
  });

  it('drops and counts what a slow consumer does not take', ({ lab }) => {
    const { exchanges, counts } = runAlone(lab, WITH_RIGHT, '50', '8');
    expect(exchanges).toHaveLength(8);
    expect(counts?.unpaired.overload).toBe(42);
  });

  it('gives exchanges as they pass, until the loop is left', async ({ lab }) => {
    const follower = await followHttp(optionsIn(lab));
    const listener = await lab.near.listen(80);
    const { exchange } = await lab.connect(listener);
    let count = 0;
    await exchange(GET, OK);
    for await (const { status, connection } of follower) {
      expect(status).toBe(200);
      expect(connection?.uuid).toMatch(/^library_/);
      if (++count === 3) break;
      await exchange(GET, OK);
    }
    expect(count).toBe(3);
    const { packets } = follower.counts;
    await exchange(GET, OK);
    expect(follower.counts.packets).toEqual(packets);
  });

  it('ends with its signal, and reports requests without an answer', async ({ lab }) => {
    const abort = new AbortController();
    const follower = await followHttp(optionsIn(lab, { signal: abort.signal, join: false }));
    const listener = await lab.near.listen(80);
    const { exchange, client, server } = await lab.connect(listener);
    await exchange(GET, OK);
    await lab.far.send(client, GET);
    await lab.near.receive(server, GET.length);
    abort.abort();
    const exchanges: HttpExchange[] = [];
    for await (const each of follower) exchanges.push(each);
    expect(exchanges.map(({ status, missing, connection }) => ({ status, missing, connection }))).toEqual([
      { status: 200, missing: null, connection: null },
      { status: null, missing: expect.stringMatching(/response|truncated/), connection: null },
    ]);
    await expect(followHttp(optionsIn(lab, { signal: abort.signal }))).rejects.toThrow();
  });

  it('refuses unknown namespaces and invalid ports', async ({ lab }) => {
    await expect(followHttp(optionsIn(lab, { namespace: 'tcpi-nowhere' }))).rejects.toMatchObject({
      name: 'NamespaceError',
      code: 'ERR_NO_NAMESPACE',
    });
    await expect(followHttp(optionsIn(lab, { namespace: 'all' }))).rejects.toThrow(TypeError);
    await expect(followHttp(optionsIn(lab, { ports: [] }))).rejects.toThrow(RangeError);
  });
});
