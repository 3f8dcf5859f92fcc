import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetricsServer, type MetricsServerOptions } from '../../daemon/metrics-server.js';
import { type HttpServer, ListenError } from '../../live/http/index.js';
import { createMetrics } from '../../metrics/index.js';
import { within } from '../support/waiting.js';

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: Partial<MetricsServerOptions> = {}): Promise<{ port: number; server: HttpServer }> {
  const server = createMetricsServer({
    metrics: createMetrics({ version: '1.2.3', processMetrics: false }),
    ...options,
  });
  servers.push(server);
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { port, server };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, agent }: { method?: string; headers?: Record<string, string>; agent?: Agent } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, agent: agent ?? false },
      async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) {
          parts.push(part);
        }
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) });
      },
    );
    sent.once('error', reject);
    sent.end();
  });
}

describe('the metrics server', () => {
  it('serves the page as text, and counts scrapes after they are answered', async () => {
    const { port } = await start();
    const first = await ask(port, '/metrics');
    expect(first.status).toBe(200);
    expect(first.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(first.body.toString()).toContain('promhttp_metric_handler_requests_in_flight 1\n');
    expect(first.body.toString()).toContain('promhttp_metric_handler_requests_total{code="200"} 0\n');
    const second = await ask(port, '/metrics?collect[]=all');
    expect(second.body.toString()).toContain('promhttp_metric_handler_requests_in_flight 1\n');
    expect(second.body.toString()).toContain('promhttp_metric_handler_requests_total{code="200"} 1\n');
  });

  it('serves OpenMetrics on request', async () => {
    const headers = { Accept: 'application/openmetrics-text;version=1.0.0' };
    const { port } = await start();
    const open = await ask(port, '/metrics', { headers });
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.body.toString()).toMatch(/# EOF\n$/);
    const { port: textOnly } = await start({ openMetrics: false });
    expect((await ask(textOnly, '/metrics', { headers })).headers['content-type']).toMatch(
      /^text\/plain; version=0.0.4/,
    );
  });

  it('compresses for clients that accept gzip', async () => {
    const { port } = await start();
    const packed = await ask(port, '/metrics', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(Number(packed.headers['content-length'])).toBe(packed.body.length);
    expect(gunzipSync(packed.body).toString()).toContain('# TYPE tcpinfo_scans_total counter\n');
    expect((await ask(port, '/metrics')).headers['content-encoding']).toBeUndefined();
  });

  it('answers HEAD with the head alone', async () => {
    const { port } = await start();
    const head = await ask(port, '/metrics', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(1000);
    expect(head.body).toHaveLength(0);
  });

  it('rejects other paths and methods', async () => {
    const { port } = await start();
    for (const path of ['/', '/metrics/', '/debug/pprof/', '/%', '//']) {
      expect((await ask(port, path)).status, path).toBe(404);
    }
    for (const path of ['/metrics', '/healthz', '/readyz']) {
      const refused = await ask(port, path, { method: 'POST' });
      expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('reports health and readiness', async () => {
    let broken: string | undefined;
    const { port } = await start({
      health: () => (broken === undefined ? { ok: true } : { ok: false, reason: broken }),
      ready: () => ({ ok: false, reason: 'no scan yet' }),
    });
    expect((await ask(port, '/healthz')).body.toString()).toBe('ok\n');
    broken = 'no scan for 30 s';
    const ill = await ask(port, '/healthz');
    expect([ill.status, ill.body.toString()]).toEqual([503, 'no scan for 30 s\n']);
    const waiting = await ask(port, '/readyz');
    expect([waiting.status, waiting.body.toString()]).toEqual([503, 'no scan yet\n']);
  });

  it('answers with an error when a collector throws, and counts it', async () => {
    const metrics = createMetrics({ version: '1', processMetrics: false });
    let broken = true;
    Object.assign(metrics.scan.interval, {
      collect: () => {
        if (broken) {
          throw new Error('collector broke');
        }
      },
    });
    const { port } = await start({
      metrics,
      health: () => {
        throw new Error('health broke');
      },
    });
    const failed = await ask(port, '/metrics');
    expect([failed.status, failed.body.toString()]).toEqual([500, 'metrics: collector broke\n']);
    expect((await ask(port, '/healthz')).status).toBe(500);
    broken = false;
    const page = (await ask(port, '/metrics')).body.toString();
    expect(page).toContain('promhttp_metric_handler_requests_total{code="500"} 1\n');
    expect(page).toContain('promhttp_metric_handler_requests_in_flight 1\n');
  });

  it('rejects scrapes above the limit', async () => {
    const { port } = await start({ maxScrapes: 0 });
    expect((await ask(port, '/metrics')).status).toBe(503);
    expect((await ask(port, '/healthz')).status).toBe(200);
  });

  it('survives invalid requests', async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1');
    socket.resume().write('nonsense\r\n\r\n');
    await once(socket, 'close');
    expect((await ask(port, '/metrics')).status).toBe(200);
  });

  it('reports an address that it cannot listen on, and why', async () => {
    const { port } = await start();
    const second = createMetricsServer({ metrics: createMetrics({ version: '1', processMetrics: false }) });
    const taken = await second.listen({ host: '127.0.0.1', port }).catch((error: unknown) => error);
    expect(taken).toBeInstanceOf(ListenError);
    expect(taken).toMatchObject({
      code: 'EADDRINUSE',
      address: `127.0.0.1:${port}`,
      message: `listen on 127.0.0.1:${port}: address already in use (EADDRINUSE)`,
    });
    await expect(second.listen({ host: '192.0.2.1', port: 0 })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    await expect(second.listen({ port: 70000 })).rejects.toMatchObject({ name: 'ListenError', address: ':70000' });
    await second.close();
  });

  it('closes soon although clients keep their connections', async () => {
    const { port, server } = await start();
    const agent = new Agent({ keepAlive: true });
    await ask(port, '/metrics', { agent });
    const [kept] = Object.values(agent.freeSockets).flat();
    if (kept === undefined) throw new Error('the connection was not kept');
    const mute = connect(port, '127.0.0.1').on('error', () => {});
    await once(mute, 'connect');
    const closed = Promise.all([once(mute, 'close'), once(kept, 'close')]);
    // By default Node would close the silent connection after 30 s, and the other after 90.
    await within('the close', server.close(), 10_000);
    // The server closed them.
    await within('the ends of the connections', closed);
    agent.destroy();
  });
});
