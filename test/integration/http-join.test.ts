import { describe, expect } from 'vitest';
import { formatUuid } from '../../cache/index.js';
import { addRules, haveConntrackLab, type TrackingRule } from '../support/conntrack-lab.js';
import { HTTP_UUID_PREFIX, HttpRecorder, haveHttpLab, it } from '../support/http-lab.js';

const GET = 'GET / HTTP/1.0\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n';
const uuidOf = (cookie: bigint): string => formatUuid(HTTP_UUID_PREFIX, cookie);
const PORT = 80;
const OTHER_PORT = 8080;

describe.skipIf(!haveHttpLab('HTTP of ended sockets'))('HTTP of sockets that are gone', () => {
  for (const closes of ['server', 'client'] as const) {
    it(`is joined with each of many short connections that the ${closes} closes`, async ({ lab }) => {
      // All packets are read after the end of their socket.
      await using recorder = await HttpRecorder.open(lab.pair.near, { blockTimeoutMs: 100 });
      const listener = await lab.near.listen(PORT, '::');
      const options = { listener, host: '127.0.0.1', port: PORT, count: 500, closes };
      const ends = await lab.near.churn(options, GET, OK);
      const exchanges = await recorder.wait(500);
      const cookies = new Map(ends.map(({ port, cookie }) => [`127.0.0.1:${port}`, uuidOf(cookie)]));
      for (const { client, connection } of exchanges) expect(connection?.uuid).toBe(cookies.get(client));
      for (const { connection } of exchanges) expect(connection?.segsOut).toBeGreaterThan(1);
      expect(recorder.capture.joins).toMatchObject({ flows: 500, joined: 500, failed: 0 });
      expect(recorder.capture.joins?.ended).toBeGreaterThan(100);
      expect(recorder.failures).toEqual([]);
    });
  }

  it('is joined at the client, too', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.far, { blockTimeoutMs: 500 });
    const listener = await lab.near.listen(PORT, '::');
    const { exchange, client, server } = await lab.connect(listener, { host: lab.pair.near.ipv6 });
    await exchange(GET, OK);
    await lab.far.close(client);
    await lab.near.close(server);
    const [found] = await recorder.wait(1);
    expect(found).toMatchObject({ side: 'client', connection: { uuid: uuidOf(client.cookie) } });
    expect(found?.serverUs).toBe(Math.max(0, (found?.ttfbUs ?? 0) - (found?.connection?.rttUs ?? 0)));
  });

  it('is joined with the first of two sockets that had the same ends one after the other', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near, { blockTimeoutMs: 1000 });
    const listener = await lab.near.listen(PORT);
    const cookies: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { exchange, client, server } = await lab.connect(listener, { local: 45_000 });
      cookies.push(uuidOf(server.cookie));
      await exchange(GET, OK);
      await lab.far.close(client, true);
      await lab.near.close(server);
    }
    const exchanges = await recorder.wait(3);
    expect(exchanges.map(({ connection }) => connection?.uuid)).toEqual(cookies);
  });

  it('is reported without a connection where ended sockets are not followed', async ({ lab }) => {
    const join = { uuidPrefix: HTTP_UUID_PREFIX, findsEnded: false };
    await using recorder = await HttpRecorder.open(lab.pair.near, { blockTimeoutMs: 500, join });
    const listener = await lab.near.listen(PORT);
    const { exchange, client, server } = await lab.connect(listener);
    await exchange(GET, OK);
    await lab.far.close(client, true);
    await lab.near.close(server);
    expect((await recorder.wait(1))[0]?.connection).toBeNull();
    expect(recorder.capture.joins).toMatchObject({ flows: 1, joined: 0, ended: 0, failed: 0 });
  });
});

describe.skipIf(!haveHttpLab('HTTP through NAT') || !haveConntrackLab('HTTP through NAT'))('HTTP through NAT', () => {
  const join = { uuidPrefix: HTTP_UUID_PREFIX, findsTranslated: true };
  const redirect: TrackingRule = {
    kind: 'redirect',
    hook: 'prerouting',
    protocol: 'tcp',
    port: PORT,
    toPort: OTHER_PORT,
  };

  it('is joined with the server behind a redirected port, also of connections that are short', async ({ lab }) => {
    const { near } = lab.pair;
    addRules(near, { kind: 'track' }, redirect);
    await using recorder = await HttpRecorder.open(near, { join });
    const listener = await lab.near.listen(OTHER_PORT);
    const first = await lab.connect(listener);
    await first.exchange(GET, OK);
    const [seen] = await recorder.wait(1);
    expect(seen).toMatchObject({ side: 'server', server: `${near.ipv4}:${PORT}` });
    expect(seen?.connection?.uuid).toBe(uuidOf(first.server.cookie));
    // Its port is known from now on: the end of the next one is kept.
    const second = await lab.connect(listener);
    await second.exchange(GET, OK);
    await lab.far.close(second.client, true);
    await lab.near.close(second.server);
    expect((await recorder.wait(2))[1]?.connection?.uuid).toBe(uuidOf(second.server.cookie));
    expect(recorder.capture.joins).toMatchObject({ flows: 2, joined: 2, translated: 2, failed: 0 });
  });

  it('is joined with the client whose source address is translated', async ({ lab }) => {
    const { near, far } = lab.pair;
    const snat: TrackingRule = {
      kind: 'snat',
      hook: 'postrouting',
      protocol: 'tcp',
      port: PORT,
      address: near.otherIpv4,
    };
    addRules(near, { kind: 'track' }, snat);
    await using recorder = await HttpRecorder.open(near, { join });
    const listener = await lab.far.listen(PORT);
    const client = await lab.near.connect(far.ipv4, PORT);
    const server = await lab.far.accept(listener);
    await lab.near.send(client, GET);
    await lab.far.receive(server, GET.length);
    await lab.far.send(server, OK);
    await lab.near.receive(client, OK.length);
    await lab.far.close(server);
    const [seen] = await recorder.wait(1);
    expect(seen).toMatchObject({ side: 'client', client: `${near.otherIpv4}:${client.port}` });
    expect(seen?.connection?.uuid).toBe(uuidOf(client.cookie));
  });

  it('has no connection where translations are not looked up', async ({ lab }) => {
    addRules(lab.pair.near, { kind: 'track' }, redirect);
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const listener = await lab.near.listen(OTHER_PORT);
    const { exchange } = await lab.connect(listener);
    await exchange(GET, OK);
    expect((await recorder.wait(1))[0]?.connection).toBeNull();
  });
});
