import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { afterEach, describe, expect } from 'vitest';
import type { ConnectionAnswerJson, ProblemJson, StatusJson, TimelineJson, ViewJson } from '../../live/wire/index.js';
import { DATABASE, OPEN, WEB } from '../archive/store/written.js';
import { writeConnection } from '../support/connections.js';
import { DAEMON, requireBuilt } from '../support/daemon.js';
import { programEnvironment } from '../support/program-environment.js';
import { it, runDaemon } from '../support/run.js';
import { within } from '../support/waiting.js';

/** A running `tcp-info view`. */
class Viewer {
  static readonly #running: ChildProcess[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #stderr = '';

  private constructor(args: readonly string[]) {
    requireBuilt();
    this.#child = spawn(process.execPath, [DAEMON, 'view', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: programEnvironment(),
    });
    Viewer.#running.push(this.#child);
    this.#child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      this.#stderr += part;
    });
    this.#exited = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Starts the program; returns it with the line that it prints when it serves. */
  static async start(...args: readonly string[]): Promise<{ readonly viewer: Viewer; readonly line: string }> {
    const viewer = new Viewer(args);
    const { stdout } = viewer.#child;
    if (stdout === null) throw new Error('no output');
    const printed = new Promise<string>((resolve) => {
      let line = '';
      stdout.setEncoding('utf8').on('data', (part: string) => {
        line += part;
        if (line.endsWith('\n')) resolve(line.trimEnd());
      });
    });
    const line = await within('the address', Promise.race([printed, viewer.#exited.then(() => 'nothing')]));
    return { viewer, line };
  }

  static killAll(): void {
    for (const child of Viewer.#running.splice(0)) child.kill('SIGKILL');
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Sends a signal, and returns the exit code. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.#child.kill(signal);
    return await within('the end', this.#exited);
  }
}

afterEach(() => Viewer.killAll());

/** Client with the token of an address. */
class Client {
  readonly #url: URL;

  constructor(address: string) {
    this.#url = new URL(address);
  }

  async fetch(path: string, headers: Readonly<Record<string, string>> = this.#token): Promise<IncomingMessage> {
    return await new Promise((resolve, reject) => {
      request(new URL(path, this.#url), { headers }, resolve).once('error', reject).end();
    });
  }

  async get<T>(path: string): Promise<T> {
    return (await json(await this.fetch(`/api/v1${path}`))) as T;
  }

  get #token(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.#url.hash.replace('#token=', '')}` };
  }
}

async function write(folder: string): Promise<void> {
  for (const each of [WEB, OPEN, DATABASE]) await writeConnection(folder, each);
}

describe('tcp-info view', () => {
  it('prints one address, and serves the page and the API over archives until Ctrl-C', async ({ folder }) => {
    await write(folder);
    const { viewer, line } = await Viewer.start(folder);
    expect(line).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
    const client = new Client(line);
    const page = await client.fetch('/', {});
    expect([page.statusCode, await text(page)]).toEqual([200, expect.stringContaining('<!doctype html>')]);
    expect((await client.fetch('/api/v1/status', {})).statusCode).toBe(401);
    expect(await client.get<StatusJson>('/status')).toMatchObject({
      ...{ mode: 'archive', host: folder, beatUs: null, open: 1, closed: 2, readOnly: true },
    });
    const view = await client.get<ViewJson>('/connections?closed=true&filter=dport+443');
    expect(view.matched).toBeGreaterThan(0);
    const { uuid } = WEB;
    const answer = await client.get<ConnectionAnswerJson>(`/connections/${uuid}`);
    expect(answer).toMatchObject({ uuid, open: false, now: null });
    const timeline = await client.get<TimelineJson>(`/connections/${uuid}/timeline`);
    expect(timeline).toMatchObject({ source: 'archive', connection: { uuid } });
    const picture = await client.fetch(`/api/v1/connections/${uuid}/picture.html`);
    expect([picture.statusCode, await text(picture)]).toEqual([200, expect.stringContaining('<svg')]);
    const records = await text(await client.fetch(`/api/v1/connections/${uuid}/records`));
    expect(records.split('\n')[0]).toContain(`"UUID":"${uuid}"`);
    expect(records.match(/"Metadata"/g)).toHaveLength(1);
    expect(await client.get<ProblemJson>('/network')).toMatchObject({ code: 'ERR_NO_NETWORK' });
    expect(await viewer.end()).toBe(0);
    expect(viewer.stderr.split('\n')).toEqual([
      'tcp-info view: 3 connections; Ctrl-C ends',
      'tcp-info view: request to the live API rejected; more are only counted reason=token',
      '',
    ]);
  });

  it('says that archives are gone instead of failing', async ({ folder }) => {
    await write(folder);
    const { viewer, line } = await Viewer.start('--until=2100-01-01', folder);
    const client = new Client(line);
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    for (const route of ['/timeline', '/picture.svg', '/records', '']) {
      expect(await client.get<ProblemJson>(`/connections/${WEB.uuid}${route}`)).toMatchObject({
        ...{ status: 404, code: 'ERR_NO_ARCHIVE' },
      });
    }
    expect(await viewer.end('SIGTERM')).toBe(0);
  });

  it('listens on a unix socket without a token, with what options choose', async ({ folder }) => {
    await write(folder);
    const path = join(folder, 'view.sock');
    const { viewer, line } = await Viewer.start(`--listen=unix:${path}`, '--filter=is:open', folder);
    expect(line).toBe(`unix:${path}`);
    const status = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ socketPath: path, path: '/api/v1/status' }, resolve).once('error', reject).end();
    });
    expect(await json(status)).toMatchObject({ open: 1, closed: 0 });
    expect(await viewer.end()).toBe(0);
  });

  it('names damage, shows the rest, and ends with 3', async ({ folder }) => {
    await write(folder);
    const [name = ''] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) => /zst$/.test(each));
    appendFileSync(join(folder, name), 'damage');
    const { viewer, line } = await Viewer.start(folder);
    expect(await new Client(line).get<StatusJson>('/status')).toMatchObject({ mode: 'archive' });
    expect(await viewer.end()).toBe(3);
    expect(viewer.stderr).toContain(name);
  });

  it('refuses wrong arguments, a port in use, and paths without a match', async ({ folder }) => {
    await write(folder);
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { readonly port: number };
    try {
      for (const [args, code, message] of [
        [[], 2, "missing required argument 'PATH"],
        [['--listen=nonsense', folder], 2, 'expected PORT, HOST:PORT or unix:PATH'],
        [['--listen=0.0.0.0:7072', folder], 2, 'other machines reach this host'],
        [[`--listen=127.0.0.1:${port}`, folder], 2, 'EADDRINUSE'],
        [['--filter=rtt >', folder], 2, '--filter: '],
        [['--since=2d', '--until=3d', folder], 2, '--since=2d is not before'],
        [['--filter=dport 9', folder], 1, `no connection in ${folder} matches`],
        [[join(folder, 'missing')], 1, 'missing'],
      ] as const) {
        const outcome = await runDaemon(['view', ...args]);
        expect([args, outcome.code, outcome.stdout]).toEqual([args, code, '']);
        expect(outcome.stderr).toContain(message);
      }
    } finally {
      taken.close();
    }
  });
});
