import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import type { ConnectionHttpJson, HttpJson, ProblemJson, ViewJson } from '../../live/wire/index.js';
import type { DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import type { Namespace } from '../support/namespaces.js';
import { runDaemon } from '../support/run.js';
import { until, within } from '../support/waiting.js';

const SUPPORT = join(import.meta.dirname, '../support');
const PORT = 8080;

/** Counts of a client. */
interface Counted {
  readonly requests: number;
  readonly gets: number;
  readonly posts: number;
  readonly ok: number;
  readonly errors: number;
  readonly requestBody: number;
}

/** Programs of one test. */
class Programs {
  readonly #children: ChildProcess[] = [];

  /** Starts a program of test/support/ in a namespace, and returns it with its first line. */
  async start(namespace: Namespace, name: string, ...args: readonly string[]) {
    const [file, argv] = namespace.command(process.execPath, join(SUPPORT, name), ...args);
    const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    const lines = createInterface({ input: child.stdout });
    const [line] = (await within(`the first line of ${name}`, once(lines, 'line'))) as [string];
    return { child, line };
  }

  async end(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  }
}

/** Runs a test with programs that end with it. */
async function withPrograms(run: (programs: Programs) => Promise<void>): Promise<void> {
  const programs = new Programs();
  try {
    await run(programs);
  } finally {
    await programs.end();
  }
}

/** Starts a server in the near namespace, and requests of the far one; returns what the client counted. */
async function load(programs: Programs, lab: Lab, connections: number, requests: number): Promise<Counted> {
  await programs.start(lab.near, 'http-server.mjs', String(PORT));
  const args = [lab.near.ipv4, String(PORT), String(connections), String(requests)];
  return JSON.parse((await programs.start(lab.far, 'http-load.mjs', ...args)).line) as Counted;
}

async function api<T>(socketPath: string, path: string): Promise<T> {
  const sent = request({ socketPath, path: `/api/v1${path}`, headers: { host: 'localhost' } }).end();
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
  return JSON.parse(await text(response)) as T;
}

const requestsOf = async (daemon: DaemonProcess, method: string, group = 'other', side = 'server'): Promise<number> =>
  await daemon.metric(`tcpinfo_http_requests_total{method="${method}",port_group="${group}",side="${side}"}`);

/** Returns the archives of exchanges below an output folder. */
function exchangeArchives(output: string): string[] {
  if (!existsSync(output)) return [];
  return readdirSync(output, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\/http\/[^/]+\.jsonl\.zst$/.test(name))
    .map((name) => join(output, name));
}

async function query(sql: string, path: string): Promise<{ readonly code: number | null; readonly rows: unknown }> {
  const { code, stdout, stderr } = await runDaemon(['query', '--format=json', sql, path]);
  if (stdout === '') throw new Error(stderr);
  return { code, rows: JSON.parse(stdout) };
}

describe.skipIf(!haveLab('HTTP in the collector'))('a collector with -http.ports', () => {
  it('counts what the client counted, archives it, and joins it with the connections', async ({ lab }) => {
    await withPrograms(async (programs) => {
      const live = join(lab.folder, 'live.sock');
      const daemon = await lab.startDaemon({
        args: [
          ...[`-http.ports=80,${PORT}`, '-http.archive', '-http.hosts=www.example.com', '-archive.mode=0640'],
          ...[`-metrics.ports=${PORT}`, `-live=unix:${live}`],
        ],
      });
      const counted = await load(programs, lab, 4, 50);
      expect(counted.requests).toBe(200);
      const get = async (method: string): Promise<number> => await requestsOf(daemon, method, String(PORT));
      await until('all exchanges', async () => (await get('GET')) + (await get('POST')) === counted.requests);
      expect([await get('GET'), await get('POST')]).toEqual([counted.gets, counted.posts]);
      const page = await daemon.scrape();
      const labels = `port_group="${PORT}",side="server"`;
      expect(page).toContain(`tcpinfo_http_responses_total{code="2xx",${labels}} ${counted.ok}\n`);
      expect(page).toContain(`tcpinfo_http_responses_total{code="5xx",${labels}} ${counted.errors}\n`);
      expect(page).toContain(`tcpinfo_http_first_byte_seconds_count{${labels}} ${counted.requests}\n`);
      expect(page).toContain(`tcpinfo_http_duration_seconds_count{${labels}} ${counted.requests}\n`);
      expect(page).toContain(`tcpinfo_http_body_bytes_total{direction="request"} ${counted.requestBody}\n`);
      expect(page).toContain(`tcpinfo_http_joins_total{result="found"} ${counted.requests}\n`);
      expect(page).toContain(`tcpinfo_http_host_requests_total{host="www.example.com",method="GET"} ${counted.gets}\n`);
      expect(page).toContain('tcpinfo_packets_total{result="dropped"} 0\n');
      expect(page).toMatch(/^tcpinfo_packets_total\{result="read"\} [1-9]/m);
      for (const missing of ['request', 'response', 'gap', 'truncated', 'start', 'overload']) {
        expect(page).toContain(`tcpinfo_http_unpaired_total{missing="${missing}"} 0\n`);
      }

      const view = await until('four connections', async () => {
        const answer = await api<ViewJson>(live, `/connections?filter=sport+${PORT}&fields=uuid`);
        return answer.connections.length === 4 ? answer : undefined;
      });
      for (const { uuid = '' } of view.connections) {
        const { exchanges } = await api<ConnectionHttpJson>(live, `/connections/${uuid}/http`);
        expect(exchanges.map(({ position }) => position)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
        expect(exchanges[10]).toMatchObject({
          ...{ uuid, side: 'server', path: '/error/page', section: '/error' },
          status: 503,
        });
      }
      const hosts = await until('a window with all of it', async () => {
        const answer = await api<HttpJson>(live, '/http');
        return answer.requests === counted.requests ? answer : undefined;
      });
      expect(hosts).toMatchObject({ ports: ['80', String(PORT)], hosts: [{ host: 'www.example.com', incomplete: 0 }] });

      expect(await daemon.stop()).toEqual({ code: 0, signal: null });
      const [path = '', ...others] = exchangeArchives(daemon.output);
      expect(others).toEqual([]);
      expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
      const { rows } = await query(
        `SELECT count(*) AS n, count(connections.uuid) AS joined, count(DISTINCT connections.uuid) AS connections,
           count(*) FILTER (status = 503) AS errors, max(server_us) >= 0 AS timed,
           count(*) FILTER (path LIKE '%SECRET%') AS secrets, min(idiag_sport) AS port
         FROM http LEFT JOIN connections USING (uuid)`,
        daemon.output,
      );
      expect(rows).toEqual([
        {
          ...{ n: counted.requests, joined: counted.requests, connections: 4, errors: counted.errors },
          ...{ timed: true, secrets: 0, port: PORT },
        },
      ]);
    });
  }, 60_000);

  it('sees the client of a connection, and cuts other addresses with -anonymize.ip', async ({ lab }) => {
    await withPrograms(async (programs) => {
      const daemon = await lab.startDaemon({
        args: [`-http.ports=${PORT}`, '-http.archive', '-anonymize.ip=netblock'],
      });
      await programs.start(lab.far, 'http-server.mjs', String(PORT));
      const args = [lab.far.ipv4, String(PORT), '1', '3', `${lab.far.ipv4}:${PORT}`];
      await programs.start(lab.near, 'http-load.mjs', ...args);
      await until('all exchanges', async () => (await requestsOf(daemon, 'POST', 'other', 'client')) === 1);
      await until('all exchanges', async () => (await requestsOf(daemon, 'GET', 'other', 'client')) === 2);
      await daemon.stop();
      const { rows } = await query('SELECT DISTINCT side, client, server, host FROM http', daemon.output);
      const cut = lab.far.ipv4.replace(/\d+$/, '0');
      expect(rows).toEqual([
        {
          side: 'client',
          client: expect.stringMatching(new RegExp(`^${lab.near.ipv4}:\\d+$`)),
          server: `${cut}:${PORT}`,
          host: `${cut}:${PORT}`,
        },
      ]);
    });
  });

  it('leaves an archive that can be read after kill -9', async ({ lab }) => {
    await withPrograms(async (programs) => {
      const daemon = await lab.startDaemon({
        args: [`-http.ports=${PORT}`, '-http.archive', '-archive.flush-age=100ms'],
      });
      const counted = await load(programs, lab, 1, 20);
      await until('the archive', () => exchangeArchives(daemon.output).length === 1);
      await until('all exchanges', async () => {
        const { rows } = await query('SELECT count(*) AS n FROM http', daemon.output);
        return (rows as readonly { readonly n: number }[])[0]?.n === counted.requests;
      });
      daemon.kill('SIGKILL');
      await daemon.exited();
      const { code, rows } = await query('SELECT count(*) AS n, count(DISTINCT uuid) AS c FROM http', daemon.output);
      expect({ code, rows }).toEqual({ code: 0, rows: [{ n: counted.requests, c: 1 }] });
      expect((await runDaemon(['repair', '--dry-run', daemon.output])).code).toBe(0);
    });
  });

  it('reads other network namespaces, each from when it is entered', async ({ lab }) => {
    await withPrograms(async (programs) => {
      const { name } = lab.far;
      const daemon = await lab.startDaemon({ args: [`-http.ports=${PORT}`, '-http.archive', `-netns=${name}`] });
      const counted = await load(programs, lab, 2, 10);
      // Each exchange is seen at both ends.
      await until('both sides', async () => {
        const [server, client] = [await requestsOf(daemon, 'GET'), await requestsOf(daemon, 'GET', 'other', 'client')];
        return server === counted.gets && client === counted.gets;
      });
      await daemon.stop();
      const { rows } = await query(
        `SELECT side, netns, count(*) AS n, count(connections.uuid) AS joined
         FROM http LEFT JOIN connections USING (uuid) GROUP BY ALL ORDER BY side`,
        daemon.output,
      );
      expect(rows).toEqual([
        { side: 'client', netns: name, n: counted.requests, joined: counted.requests },
        { side: 'server', netns: null, n: counted.requests, joined: counted.requests },
      ]);
    });
  });

  it('refuses to start without CAP_NET_RAW, in one sentence, with exit code 2', async ({ lab }) => {
    const daemon = await lab.startDaemon({
      args: [`-http.ports=${PORT}`],
      wrapper: ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'],
      ready: false,
    });
    expect(await daemon.exited()).toEqual({ code: 2, signal: null });
    expect(daemon.log).toBe(
      'tcp-info: -http.ports: HTTP cannot be read: capture packets: needs CAP_NET_RAW in the user namespace that owns the network namespace\n',
    );
    expect(existsSync(daemon.output)).toBe(false);
  });
});

describe.skipIf(!haveLab('a collector without HTTP'))('a collector without -http.ports', () => {
  it('has no thread, metric or socket for it, and says in the API how to have it', async ({ lab }) => {
    const tasks = ({ pid }: DaemonProcess): string[] =>
      readdirSync(`/proc/${pid}/task`).map((id) => readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim());
    const live = join(lab.folder, 'live.sock');
    const off = await lab.startDaemon({ args: [`-live=unix:${live}`] });
    expect(await api<ProblemJson>(live, '/http')).toMatchObject({ status: 404, code: 'ERR_NO_HTTP' });
    const [offTasks, offPage] = [tasks(off), await off.scrape()];
    const packets = lab.near.run('ss', '-0H');
    await off.stop();
    expect(packets).toBe('');
    expect(offPage).not.toMatch(/tcpinfo_packet|tcpinfo_http_(?!connections)/);
    const disabled = await lab.startDaemon({ args: [`-http.ports=${PORT}`, '-metrics.disable=http'] });
    expect(lab.near.run('ss', '-0H')).not.toBe('');
    expect(await disabled.scrape()).not.toMatch(/tcpinfo_packet|tcpinfo_http_(?!connections)/);
    const more = tasks(disabled).length - offTasks.length;
    await disabled.stop();
    expect(more).toBeGreaterThan(0);
  });
});
