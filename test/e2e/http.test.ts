import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect } from 'vitest';
import { DAEMON } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import type { Namespace } from '../support/namespaces.js';
import { Path } from '../support/path.js';
import { programEnvironment } from '../support/program-environment.js';
import { havePrograms } from '../support/programs.js';
import { type Outcome, runDaemon, UNPRIVILEGED } from '../support/run.js';
import { Running } from '../support/running.js';
import { type TerminalSize, Tmux } from '../support/tmux.js';
import { until, within } from '../support/waiting.js';

const SERVER = join(import.meta.dirname, '../support/http-server.mjs');
const CLIENT = join(import.meta.dirname, '../support/http-client.mjs');
const EXIT = { ok: 0, usage: 2, incomplete: 3 } as const;
const SMALL: TerminalSize = { columns: 80, rows: 24 };
const LARGE: TerminalSize = { columns: 200, rows: 50 };
/** Datagram behind captured requests. */
const [MARK, MARK_PORT] = ['END-OF-STEP', 9];
/** Longest time from an answer's last byte to its line. */
const LINE_MS = 30;

/** Exchange as a line of JSON has it. */
interface ExchangeLine {
  readonly time: string;
  readonly uuid: string | null;
  readonly interface: string;
  readonly side: string;
  readonly host: string;
  readonly path: string | null;
  readonly method: string | null;
  readonly status: number | null;
  readonly durationUs: number;
  readonly missing: string | null;
}

interface Document {
  readonly requests: number;
  readonly responses: number;
  readonly hosts: readonly {
    readonly host: string;
    readonly requests: number;
    readonly status: Record<string, number>;
  }[];
  readonly capture: { readonly packets: number; readonly dropped: number };
}

/** The program in a namespace, with its output and errors apart. */
class HttpProgram implements AsyncDisposable {
  readonly #child;
  readonly #closed: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(namespace: Namespace, args: readonly string[]) {
    const [file, argv] = namespace.command(process.execPath, DAEMON, 'http', ...args);
    this.#child = spawn(file, argv, { env: programEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Starts the program, and waits until it sees a request. The server has to run. */
  static async start(lab: Lab, args: readonly string[], url: string): Promise<HttpProgram> {
    const program = new HttpProgram(lab.near, ['--format=jsonl', ...args]);
    await until('the capture to begin', () => {
      if (program.#child.exitCode !== null) throw new Error(program.stderr);
      ask(lab.far, url);
      return program.stdout.includes('/probe') || program.stdout.includes('probe');
    });
    return program;
  }

  lines(): ExchangeLine[] {
    return (
      this.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as ExchangeLine)
        // The capture may begin in the middle of a probe.
        .filter(({ path, missing }) => path !== '/probe' && missing !== 'start')
    );
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return await within('the end of tcp-info http', this.#closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

/** Asks once, and waits for the answer. */
function ask(namespace: Namespace, url: string, ...more: readonly string[]): void {
  namespace.run('curl', '-s', '-o', '/dev/null', '--max-time', '20', ...more, url);
}

async function serve(namespace: Namespace, port: number, delayMs = 0): Promise<Running> {
  const server = Running.inside(namespace, process.execPath, SERVER, String(port), String(delayMs));
  await until('the server', () => server.output.includes('ready'));
  return server;
}

/** Runs `tcp-info http` on files. */
function readFiles(args: readonly string[], options: Parameters<typeof runDaemon>[1] = {}): Promise<Outcome> {
  return runDaemon(['http', ...args], options);
}

function words(namespace: Namespace, ...args: readonly string[]): readonly string[] {
  const [file, argv] = namespace.command(process.execPath, DAEMON, 'http', ...args);
  return [file, ...argv];
}

const hasCurl = havePrograms('tests of tcp-info http', 'curl', 'tcpdump', 'bash');

describe.skipIf(!haveLab('tests of tcp-info http') || !hasCurl)('tcp-info http', () => {
  it('prints a line for each exchange, with the connection, and ends by SIGTERM', async ({ lab }) => {
    await using _ = await serve(lab.near, 80);
    const url = `http://${lab.near.ipv4}`;
    await using program = await HttpProgram.start(lab, [], `${url}/probe`);
    ask(lab.far, `${url}/pages/create?token=SECRET-QUERY`, '-H', 'Host: WWW.Example.com:80');
    ask(lab.far, `${url}/error/x`, '-d', 'abc');
    await until('the lines', () => program.lines().length === 2);
    expect(program.lines()).toMatchObject([
      { side: 'server', host: 'www.example.com', path: '/pages/create', method: 'GET', status: 200, missing: null },
      { side: 'server', host: lab.near.ipv4, path: '/error/x', method: 'POST', status: 503, missing: null },
    ]);
    expect(await program.stop()).toBe(EXIT.ok);
    expect(program.stderr).toMatch(/^tcp-info http: captured \d+ packets, missed 0, gaps 0, unpaired 0\n$/);
  });

  it('prints a line within 30 ms of the answer', async ({ lab }) => {
    await using _ = await serve(lab.near, 80);
    const url = `http://${lab.near.ipv4}/probe`;
    const [file, argv] = lab.near.command(process.execPath, DAEMON, 'http', '--format=jsonl');
    const child = spawn(file, argv, { env: programEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const delays: number[] = [];
      createInterface(child.stdout).on('line', (line) => {
        const nowMs = Date.now();
        const { time, durationUs } = JSON.parse(line) as ExchangeLine;
        delays.push(nowMs - Date.parse(time) - durationUs / 1000);
      });
      await using client = Running.inside(lab.far, process.execPath, CLIENT, url, '100', '20');
      await until('lines', () => delays.length >= 20);
      expect(await client.ended()).toBe(0);
      // The machine may be busy; the program waits for nothing.
      expect(Math.min(...delays)).toBeLessThanOrEqual(LINE_MS);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('counts each request in one report, the last one after SIGINT', async ({ lab }) => {
    await using _ = await serve(lab.near, 8080);
    const url = `http://${lab.near.ipv4}:8080/pages/a`;
    await using program = new HttpProgram(lab.near, ['--port=80,8080', '--format=json', '--refresh=500ms']);
    await until('the capture to begin', () => program.stdout !== '');
    await using client = Running.inside(lab.far, process.execPath, CLIENT, url, '300', '5');
    expect(await client.ended()).toBe(0);
    expect(await program.stop('SIGINT')).toBe(EXIT.ok);
    const documents = program.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Document);
    expect(documents.reduce((sum, { requests }) => sum + requests, 0)).toBe(300);
    expect(documents.reduce((sum, { responses }) => sum + responses, 0)).toBe(300);
    const hosts = documents.flatMap((document) => document.hosts);
    expect(new Set(hosts.map(({ host }) => host))).toEqual(new Set([`${lab.near.ipv4}:8080`]));
    expect(hosts.reduce((sum, { status }) => sum + (status['200'] ?? 0), 0)).toBe(300);
    expect(documents.at(-1)?.capture.dropped).toBe(0);
  });

  it('keeps secrets out of every format unless they are named, and then warns', async ({ lab }) => {
    const file = join(lab.folder, 'secrets.pcap');
    await using _ = await serve(lab.near, 80);
    await capture(lab, file, () => {
      const url = `http://user:SECRET-USER@${lab.near.ipv4}/a?key=SECRET-QUERY`;
      ask(lab.far, url, '-H', 'Cookie: SECRET-COOKIE', '-H', 'Proxy-Authorization: SECRET-PROXY');
    });
    for (const format of ['text', 'json', 'jsonl', 'combined', 'tsv']) {
      const { code, stdout, stderr } = await readFiles([file, `--format=${format}`]);
      expect({ code, isSilent: stdout === '' }, format).toEqual({ code: EXIT.ok, isSilent: false });
      expect(stdout + stderr, format).not.toMatch(/SECRET/);
    }
    const named = await readFiles([file, '--format=jsonl', '--header=cookie,set-cookie', '--query']);
    expect(named.stdout).toContain('SECRET-COOKIE');
    expect(named.stdout).toContain('SECRET-SET-COOKIE');
    expect(named.stdout).toContain('/a?key=SECRET-QUERY');
    expect(named.stderr).toContain('--header=cookie: its values are secrets');
    expect(named.stderr).toContain('--header=set-cookie: its values are secrets');
    expect(named.stdout).not.toMatch(/SECRET-(PROXY|USER)/);
  });

  it('reads files and standard input, alone and several, as tshark counts them', async ({ lab }) => {
    const file = join(lab.folder, 'one.pcap');
    await using _ = await serve(lab.near, 80);
    await capture(lab, file, () => {
      for (const path of ['/pages/create', '/pages/x', '/cy', '/error/1'])
        ask(lab.far, `http://${lab.near.ipv4}${path}`);
      ask(lab.far, `http://${lab.near.ipv4}/post`, '-d', 'x=1');
    });
    const { code, stdout } = await readFiles([file, '--format=json'], { wrapper: UNPRIVILEGED });
    const document = JSON.parse(stdout) as Document;
    expect({ code, requests: document.requests, responses: document.responses }).toEqual({
      code: EXIT.ok,
      requests: 5,
      responses: 5,
    });
    expect(document.hosts[0]?.status).toEqual({ 200: 4, 503: 1 });
    const two = JSON.parse((await readFiles([file, file, '--format=json'])).stdout) as Document;
    expect(two.requests).toBeGreaterThanOrEqual(5);
    const pipe = `cat ${file} | ${process.execPath} ${DAEMON} http - --format=tsv --fields=path`;
    expect(execFileSync('sh', ['-c', pipe], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toBe(
      '# Fields: path\n/pages/create\n/pages/x\n/cy\n/error/1\n/post\n',
    );
    if (!havePrograms('counts of tshark', 'tshark')) return;
    expect(countsOfTshark(file)).toEqual({ requests: 5, responses: 5 });
    const converted = join(lab.folder, 'one.pcapng');
    execFileSync('tshark', ['-r', file, '-F', 'pcapng', '-w', converted], { stdio: 'ignore' });
    const same = JSON.parse((await readFiles([converted, '--format=json'])).stdout) as Document;
    expect(same.hosts).toEqual(document.hosts);
  });

  it('reports a cut file with 3, and an unknown link type and a file that is no capture with 2', async ({ lab }) => {
    const file = join(lab.folder, 'cut.pcap');
    await using _ = await serve(lab.near, 80);
    await capture(lab, file, () => ask(lab.far, `http://${lab.near.ipv4}/whole`));
    const bytes = readFileSync(file);
    truncateSync(file, bytes.length - 3);
    const cut = await readFiles([file, '--format=tsv', '--fields=path']);
    expect({ code: cut.code, stdout: cut.stdout }).toEqual({
      code: EXIT.incomplete,
      stdout: '# Fields: path\n/whole\n',
    });
    expect(cut.stderr).toMatch(/cut\.pcap ends within a packet: read up to byte \d+/);
    bytes.writeUInt32LE(147, 20);
    writeFileSync(file, bytes);
    const unknown = await readFiles([file]);
    expect(unknown.code).toBe(EXIT.usage);
    expect(unknown.stderr).toMatch(/^tcp-info http: .*link type 147 is not known.*\n$/);
    writeFileSync(file, 'no capture at all');
    const none = await readFiles([file]);
    expect({ code: none.code, stderr: none.stderr }).toEqual({
      code: EXIT.usage,
      stderr: expect.stringMatching(/^tcp-info http: .*neither pcap nor pcapng.*\n$/) as string,
    });
  });

  it('ends with 2 and one sentence without CAP_NET_RAW', async ({ lab }) => {
    const { code, stdout, stderr } = await runDaemon(['http'], {
      wrapper: ['nsenter', `--net=/run/netns/${lab.near.name}`, ...UNPRIVILEGED],
    });
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
    expect(stderr).toMatch(/^tcp-info http: capture packets: needs CAP_NET_RAW[^\n]*\n$/);
  });

  it('ends silently when its reader has gone', async ({ lab }) => {
    await using _ = await serve(lab.near, 80);
    const [file, argv] = lab.near.command(process.execPath, DAEMON, 'http', '--format=jsonl');
    const pipeline = `${[file, ...argv].join(' ')} | head -n 1; echo "code $?"`;
    await using shell = new Running('bash', ['-c', `set -o pipefail; ${pipeline}`]);
    await until('the end of the pipeline', () => {
      ask(lab.far, `http://${lab.near.ipv4}/probe`);
      return shell.output.includes('code');
    });
    const [line = '', code] = shell.output.trimEnd().split('\n');
    expect(JSON.parse(line)).toMatchObject({ path: '/probe' });
    expect(code).toBe('code 0');
  });

  it('raises the alert and says that it is over', async ({ lab }) => {
    await using _ = await serve(lab.near, 80);
    const url = `http://${lab.near.ipv4}/probe`;
    const args = ['--alert-threshold=40', '--alert-span=2s'];
    await using program = await HttpProgram.start(lab, args, url);
    await using client = Running.inside(lab.far, process.execPath, CLIENT, url, '40');
    expect(await client.ended()).toBe(0);
    await until('the recovery', () => program.stderr.includes('recovered'));
    const said = program.stderr.trimEnd().split('\n');
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(
      /: High traffic generated an alert - hits = 40, triggered at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/,
    );
    expect(said[1]).toMatch(/: Alert recovered at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  });
});

describe.skipIf(
  !haveLab('tests of tcp-info http on a terminal') || !havePrograms('tcp-info http on a terminal', 'tmux', 'curl'),
)('tcp-info http on a terminal', () => {
  it.for([SMALL, LARGE])('draws the report into %o, and leaves the last one behind', async (size, { lab }) => {
    await using _ = await serve(lab.near, 80);
    using tmux = new Tmux(size, words(lab.near, '--refresh=1s'));
    await tmux.shows('tcp-info http');
    await using client = Running.inside(
      lab.far,
      process.execPath,
      CLIENT,
      `http://${lab.near.ipv4}/pages/a`,
      '200',
      '10',
    );
    const lines = await tmux.shows(/^ {2}\/pages +\d+/);
    expect(lines[0]).toMatch(/^tcp-info http {3}/);
    expect(lines.find((line) => line.startsWith('HOST'))).toContain('WAITS FOR');
    if (size === LARGE) expect(lines.find((line) => line.startsWith('HOST'))).toMatch(/METHODS$/);
    tmux.resize({ columns: 100, rows: 30 });
    await tmux.shows(/^HOST.*RETRANS/);
    tmux.press('q');
    const { code, lines: left } = await tmux.ended();
    expect(code).toBe(EXIT.ok);
    expect(left.some((line) => line.startsWith('tcp-info http: captured'))).toBe(true);
    expect(await client.ended()).toBe(0);
  });

  it('lets no letter of a request drive the terminal', async ({ lab }) => {
    await using _ = await serve(lab.near, 80);
    using tmux = new Tmux(LARGE, words(lab.near, '--refresh=1s'));
    await tmux.shows('tcp-info http');
    const raw = join(lab.folder, 'raw.py');
    writeFileSync(
      raw,
      `import socket, time
for _ in range(100):
    s = socket.create_connection(('${lab.near.ipv4}', 80))
    s.sendall(b'GET /\\xc2\\x9b2J\\xe2\\x80\\xae/x HTTP/1.1\\r\\nHost: a\\x9b2Jb\\r\\nConnection: close\\r\\n\\r\\n')
    s.sendall(b'G\\x1b[2JT / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
    time.sleep(0.05)
    s.close()
`,
    );
    await using client = Running.inside(lab.far, 'python3', raw);
    const lines = await tmux.shows('\\u{9b}2J');
    expect(lines[0]).toContain('tcp-info http');
    tmux.press('q');
    const { code, lines: left } = await tmux.ended();
    expect({ code, first: left[0] }).toEqual({ code: EXIT.ok, first: 'BEFORE' });
    expect(await client.ended()).toBe(0);
  });
});

describe.skipIf(!haveLab('tests of slow pages') || !havePrograms('slow pages', 'tmux', 'python3'))(
  'a slow page',
  () => {
    it('waits for its server when the server is slow', async ({ lab }) => {
      await using _ = await serve(lab.near, 80, 700);
      using tmux = new Tmux(LARGE, words(lab.far, '--refresh=3s'));
      await tmux.shows('tcp-info http');
      await using _client = Running.inside(lab.far, process.execPath, CLIENT, `http://${lab.near.ipv4}/pages/a`, '20');
      await tmux.shows(/^tcp-info http .* until /);
      const lines = await tmux.shows(/^slow: .* waits for its server/);
      expect(lines.find((line) => line.startsWith(lab.near.ipv4))).toMatch(/ server (>?\d+) %/);
      keep('server', lines);
    });

    it('waits for the network when the path is long and loses packets', async ({ lab }) => {
      await using path = await Path.lay(lab.near, lab.far, { delay: 0.2, loss: 0.05 });
      await using _ = await serve(lab.far, 80);
      using tmux = new Tmux(LARGE, words(lab.near, '--refresh=10s'));
      await tmux.shows('tcp-info http');
      // The path loses no small frames.
      const url = `http://${path.farIpv4}/pages/a?${'x'.repeat(400)}`;
      await using _client = Running.inside(lab.near, process.execPath, CLIENT, url, '200');
      await tmux.shows(/^tcp-info http .* until /);
      const lines = await tmux.shows(/^slow: .* waits for the network/);
      // The path loses requests, which this end sends again.
      expect(lines.find((line) => line.startsWith(path.farIpv4))).not.toMatch(/ 0 % .*network/);
      expect(lines.find((line) => line.startsWith(path.farIpv4))).toMatch(/ network (>?\d+) %/);
      keep('network', lines);
    });
  },
);

/** Keeps a screen for the document, if asked to. */
function keep(name: string, lines: readonly string[]): void {
  const folder = process.env['HTTP_SCREENS'];
  if (folder !== undefined) writeFileSync(join(folder, `${name}.txt`), `${lines.join('\n').trimEnd()}\n`);
}

/** Returns what tshark counts as requests and responses in a capture. */
function countsOfTshark(file: string): { readonly requests: number; readonly responses: number } {
  const tree = execFileSync('tshark', ['-r', file, '-q', '-z', 'http,tree'], { encoding: 'utf8' });
  const count = (name: string): number => Number(new RegExp(`${name} Packets +(\\d+)`).exec(tree)?.[1]);
  return { requests: count('HTTP Request'), responses: count('HTTP Response') };
}

/** Captures to a file what a step sends, and a datagram behind it that shows that all of it is there. */
async function capture(lab: Lab, file: string, step: () => void): Promise<void> {
  const flags = ['-Z', 'root', '-i', 'any', '--immediate-mode', '-U', '-w', file];
  await using dump = Running.inside(lab.near, 'tcpdump', ...flags, `tcp port 80 or udp port ${MARK_PORT}`);
  await until('tcpdump', () => dump.output.includes('listening on'));
  step();
  lab.near.run('bash', '-c', `echo ${MARK} > /dev/udp/${lab.far.ipv4}/${MARK_PORT}`);
  await until('the end of the step in the file', () => readFileSync(file).includes(MARK));
  await dump.stop();
}
