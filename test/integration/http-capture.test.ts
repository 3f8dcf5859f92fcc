import { describe, expect } from 'vitest';
import { formatUuid } from '../../cache/index.js';
import { HTTP_UUID_PREFIX, HttpRecorder, haveHttpLab, it } from '../support/http-lab.js';
import { until } from '../support/waiting.js';

const GET = 'GET /pages/one?secret=1 HTTP/1.1\r\nHost: www.Example.com\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const uuidOf = (cookie: bigint): string => formatUuid(HTTP_UUID_PREFIX, cookie);

describe.skipIf(!haveHttpLab('HTTP on the wire'))('HTTP capture', () => {
  it('counts loopback once, with the socket of the server', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const listener = await lab.near.listen(80);
    const { exchange, server } = await lab.connect(listener, { host: '127.0.0.1', from: lab.near });
    await exchange(GET, OK);
    await exchange(GET, OK);
    const [first, second] = await recorder.wait(2);
    expect(first).toMatchObject({ interface: 'lo', side: 'local', host: 'www.example.com', path: '/pages/one' });
    expect(second).toMatchObject({ status: 200, position: 2, missing: null });
    expect(first?.connection).toMatchObject({ uuid: uuidOf(server.cookie) });
    expect(first?.connection?.rttUs).toBeGreaterThan(0);
    await recorder.capture.close();
    expect(recorder.exchanges).toHaveLength(2);
    expect(recorder.capture.traffic().get('lo')).toMatchObject({ received: 2 * (GET.length + OK.length), sent: 0 });
    // SYN, SYN and ACK, and 2 of each exchange.
    expect(recorder.capture.packets).toEqual({ read: 6, dropped: 0, freezes: 0 });
    expect(recorder.failures).toEqual([]);
  });

  it('knows which end is here, over IPv4, IPv6 and mapped', async ({ lab }) => {
    const { near, far } = lab.pair;
    await using atServer = await HttpRecorder.open(near);
    await using atClient = await HttpRecorder.open(far);
    const listener = await lab.near.listen(80, '::');
    for (const host of [near.ipv4, near.ipv6]) {
      const { exchange, client, server } = await lab.connect(listener, { host });
      await exchange(GET, OK);
      const count = host === near.ipv4 ? 1 : 2;
      const served = (await atServer.wait(count)).at(-1);
      const asked = (await atClient.wait(count)).at(-1);
      const ends = host.includes(':') ? `[${host}]:80` : `${host}:80`;
      expect(served).toMatchObject({ interface: 'cable', side: 'server', server: ends, status: 200 });
      expect(served?.connection?.uuid).toBe(uuidOf(server.cookie));
      expect(asked).toMatchObject({ interface: 'cable', side: 'client', server: ends, status: 200 });
      expect(asked?.connection?.uuid).toBe(uuidOf(client.cookie));
    }
    expect(atServer.capture.joins).toMatchObject({ flows: 2, joined: 2, failed: 0 });
  });

  it('counts a packet once that a bridge and its port show', async ({ lab }) => {
    const { near, far } = lab.pair;
    near.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    near.run('ip', 'address', 'flush', 'dev', 'cable');
    near.run('ip', 'link', 'set', 'cable', 'master', 'br0');
    near.run('ip', 'address', 'add', `${near.ipv4}/24`, 'dev', 'br0');
    near.run('ip', 'link', 'set', 'br0', 'up');
    await using recorder = await HttpRecorder.open(near);
    const listener = await lab.near.listen(80);
    const { exchange } = await lab.connect(listener);
    for (let i = 0; i < 10; i++) await exchange(GET, OK);
    await recorder.wait(10);
    await recorder.capture.close();
    expect(recorder.exchanges).toHaveLength(10);
    expect(recorder.exchanges.every(({ missing }) => missing === null)).toBe(true);
    const bytes = [...recorder.capture.traffic().values()].reduce(
      (sum, { received, sent }) => sum + received + sent,
      0,
    );
    expect(bytes).toBe(10 * (GET.length + OK.length));
    // Each was seen twice: otherwise this shows nothing.
    expect(recorder.capture.packets.read).toBeGreaterThan(22);
    expect(far.name).not.toBe(near.name);
  });

  it('hears an interface that is made while it runs, and goes on when one is removed', async ({ lab }) => {
    const { near, far } = lab.pair;
    await using recorder = await HttpRecorder.open(near);
    near.run('ip', 'link', 'add', 'late', 'type', 'veth', 'peer', 'name', 'late', 'netns', far.name);
    near.run('ip', 'address', 'add', '10.78.0.1/24', 'dev', 'late');
    near.run('ip', 'link', 'set', 'late', 'up');
    far.run('ip', 'address', 'add', '10.78.0.2/24', 'dev', 'late');
    far.run('ip', 'link', 'set', 'late', 'up');
    const listener = await lab.near.listen(80);
    const late = await lab.connect(listener, { host: '10.78.0.1' });
    await late.exchange(GET, OK);
    const [exchange] = await recorder.wait(1);
    expect(exchange).toMatchObject({ interface: 'late', side: 'server', server: '10.78.0.1:80' });
    near.run('ip', 'link', 'del', 'late');
    const other = await lab.connect(listener);
    await other.exchange(GET, OK);
    expect((await recorder.wait(2))[1]).toMatchObject({ interface: 'cable', side: 'server' });
    expect(recorder.failures).toEqual([]);
  });

  it('captures only interfaces whose names match', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near, { interfaces: ['cab*', 'nothing?'] });
    const listener = await lab.near.listen(80);
    const local = await lab.connect(listener, { host: '127.0.0.1', from: lab.near });
    await local.exchange(GET, OK);
    const cable = await lab.connect(listener);
    await cable.exchange(GET, OK);
    await recorder.wait(1);
    await recorder.capture.close();
    expect(recorder.exchanges.map(({ interface: name }) => name)).toEqual(['cable']);
  });

  it('reports what passes in one direction only, and makes no pairs of it', async ({ lab }) => {
    const { near, far } = lab.pair;
    near.run('ip', 'link', 'add', 'back', 'type', 'veth', 'peer', 'name', 'back', 'netns', far.name);
    for (const each of [near, far]) {
      each.run('ip', 'link', 'set', 'back', 'up');
      for (const device of ['all', 'cable', 'back']) each.set(`net/ipv4/conf/${device}/rp_filter`, 0);
    }
    // Answers take the other cable.
    near.run('ip', 'route', 'replace', `${far.ipv4}/32`, 'dev', 'back', 'src', near.ipv4);
    far.run('ip', 'neighbour', 'flush', 'all');
    await using requests = await HttpRecorder.open(near, { interfaces: ['cable'] });
    await using answers = await HttpRecorder.open(near, { interfaces: ['back'] });
    const listener = await lab.near.listen(80);
    const { exchange, client } = await lab.connect(listener);
    for (let i = 0; i < 3; i++) await exchange(GET, OK);
    await lab.far.close(client);
    await requests.capture.close();
    await answers.capture.close();
    expect(requests.exchanges.map(({ method, status, missing }) => [method, status, missing])).toEqual(
      Array.from({ length: 3 }, () => ['GET', null, 'response']),
    );
    expect(answers.exchanges.map(({ method, status, missing }) => [method, status, missing])).toEqual(
      Array.from({ length: 3 }, () => [null, 200, 'request']),
    );
  });

  it('counts exactly what an overrun drops, and makes right pairs around it', async ({ lab }) => {
    const ringBytes = 2 * 1024 * 1024;
    await using recorder = await HttpRecorder.open(lab.pair.near, { ringBytes, headers: ['x-number'] });
    const listener = await lab.near.listen(80);
    const { client, server } = await lab.connect(listener);
    const pad = 'p'.repeat(600);
    const texts = {
      request: `GET /%06d HTTP/1.1\r\nHost: a\r\nPad: ${pad}\r\n\r\n`,
      answer: `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Number: %06d\r\nPad: ${pad}\r\n\r\n`,
      depth: 1,
    };
    const PHASES = [200, 4000, 200] as const;
    let first = 0;
    for (const [phase, count] of PHASES.entries()) {
      if (phase === 1) recorder.capture.pause();
      await lab.near.serve(server, { ...texts, first, count });
      await lab.far.ask(client, { ...texts, first, count });
      first += count;
      if (phase !== 1) continue;
      recorder.capture.resume();
      await until('the end of the overrun', () => (recorder.capture.packets.dropped > 0 ? true : undefined));
    }
    await until('the last exchange', () =>
      recorder.exchanges.at(-1)?.path === `/${String(first - 1).padStart(6, '0')}` ? true : undefined,
    );
    await recorder.capture.close();
    const { read, dropped, freezes } = recorder.capture.packets;
    expect(dropped).toBeGreaterThan(0);
    expect(freezes).toBeGreaterThan(0);
    // SYN, SYN and ACK, and 2 of each exchange: each has one segment.
    expect(read + dropped).toBe(2 + 2 * first);
    const paired = recorder.exchanges.filter(({ missing }) => missing === null);
    // Those of the other phases but for some around the hole: a ring of blocks that time closed holds few of its own.
    expect(paired.length).toBeGreaterThan(PHASES[0] + PHASES[2] - 10);
    for (const { path, headers } of paired) expect(`/${headers.response['x-number']}`).toBe(path);
    const messages = recorder.exchanges.reduce(
      (sum, { method, status }) => sum + (method === null ? 0 : 1) + (status === null ? 0 : 1),
      0,
    );
    // Every message that was read is in an exchange, at most those around the hole are not known to be one.
    expect(messages).toBeGreaterThan(read - 2 - 4);
    expect(recorder.capture.counts.gaps).toBeGreaterThan(0);
  });

  it('joins each of many short connections with its own socket', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const listener = await lab.near.listen(80);
    const ends = await lab.near.churn({ listener, host: '127.0.0.1', port: 80, count: 300 }, GET, OK);
    const exchanges = await recorder.wait(300);
    const cookies = new Map(ends.map(({ port, cookie }) => [`127.0.0.1:${port}`, uuidOf(cookie)]));
    for (const { client, connection } of exchanges) expect(connection?.uuid).toBe(cookies.get(client));
    expect(recorder.capture.joins).toMatchObject({ flows: 300, joined: 300, failed: 0 });
  });

  it('joins a connection with its own socket when another had the same ends', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near);
    const listener = await lab.near.listen(80);
    const cookies: string[] = [];
    for (let i = 1; i <= 5; i++) {
      const { exchange, client, server } = await lab.connect(listener, { local: 45_000 });
      await exchange(GET, OK);
      cookies.push(uuidOf(server.cookie));
      await recorder.wait(i);
      await lab.far.close(client, true);
      await lab.near.close(server);
    }
    expect(recorder.exchanges.map(({ connection }) => connection?.uuid)).toEqual(cookies);
    expect(new Set(cookies).size).toBe(5);
  });

  it.for(['heads', 'whole'] as const)('captures with the smallest ring, %s', async (mode, { lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near, { mode, ringBytes: 1024 * 1024 });
    const listener = await lab.near.listen(80);
    const { exchange } = await lab.connect(listener);
    for (let i = 0; i < 20; i++) await exchange(GET, OK);
    const exchanges = await recorder.wait(20);
    expect(exchanges.every(({ missing, status }) => missing === null && status === 200)).toBe(true);
    await recorder.capture.close();
    expect(recorder.capture.packets).toMatchObject({ read: 42, dropped: 0 });
  });

  it('captures without a ring where the kernel refuses it', async ({ lab }) => {
    await using recorder = await HttpRecorder.open(lab.pair.near, { withoutRing: true });
    const listener = await lab.near.listen(80);
    const { exchange } = await lab.connect(listener);
    for (let i = 0; i < 20; i++) await exchange(GET, OK);
    const exchanges = await recorder.wait(20);
    expect(exchanges.every(({ missing, status }) => missing === null && status === 200)).toBe(true);
    await recorder.capture.close();
    expect(recorder.capture.packets).toMatchObject({ read: 42, dropped: 0 });
  });
});
