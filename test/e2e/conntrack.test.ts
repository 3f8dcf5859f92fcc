import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ViewJson } from '../../live/wire/index.js';
import { addRules, type ConntrackLab, haveConntrackLab, it, setTracking } from '../support/conntrack-lab.js';
import { DAEMON, DaemonProcess } from '../support/daemon.js';
import { LiveClient } from '../support/live-client.js';
import type { PeerConnection } from '../support/peer.js';
import { type Outcome, runDaemon, UNPRIVILEGED } from '../support/run.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const EXIT = { ok: 0, failed: 1, usage: 2, incomplete: 3 } as const;
const ASKED_PORT = 9000;

/** Runs `tcp-info conntrack` in the namespace that tracks. */
function conntrack(lab: ConntrackLab, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return runDaemon(['conntrack', ...args], { wrapper: ['nsenter', `--net=/run/netns/${lab.near.name}`], env });
}

/** Flow as the program prints it. */
interface FlowLine {
  readonly event?: string;
  readonly events?: number;
  readonly id: number;
  readonly protocol: string;
  readonly state?: string;
  readonly side: string;
  readonly orig: { readonly sport: number; readonly dport: number; readonly packets?: number };
  readonly nat?: unknown;
  readonly uuid?: string;
  readonly tcp?: { readonly state: string; readonly rttUs?: number };
}

function linesOf(text: string): FlowLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FlowLine);
}

async function list(lab: ConntrackLab, ...args: readonly string[]): Promise<FlowLine[]> {
  const { code, stdout, stderr } = await conntrack(lab, ['list', '--format=jsonl', ...args]);
  expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: '' });
  return linesOf(stdout);
}

/** Opens a connection from the tracking namespace to a port that is translated to the listening one. */
async function connectTranslated(lab: ConntrackLab): Promise<PeerConnection> {
  const port = await lab.farPeer.listen(lab.far.ipv4);
  addRules(lab.near, {
    kind: 'dnat',
    protocol: 'tcp',
    port: ASKED_PORT,
    hook: 'output',
    address: lab.far.ipv4,
    toPort: port,
  });
  return await lab.nearPeer.connect({ host: lab.far.ipv4, port: ASKED_PORT });
}

describe.runIf(haveConntrackLab('tests of tcp-info conntrack'))('tcp-info conntrack', () => {
  describe('list', () => {
    it('shows ends, translation and counters as a table, with the limit below', async ({ lab }) => {
      setTracking(lab.near, { isCounting: true, isTimed: true });
      const { localPort } = await connectTranslated(lab);
      const { code, stdout } = await conntrack(lab, ['list']);
      expect(code).toBe(EXIT.ok);
      const [head = '', line = '', foot = ''] = stdout.split('\n');
      expect(head.split(/ {2,}/)).toEqual(
        'PROTO,STATE,LOCAL,REMOTE,NAT,PACKETS out/in,BYTES out/in,AGE,LEFT'.split(','),
      );
      const cells = line.split(/ {2,}/);
      const ends = [`${lab.near.ipv4}:${localPort}`, `${lab.far.ipv4}:${ASKED_PORT}`];
      expect(cells.slice(0, 4)).toEqual(['tcp', 'ESTABLISHED', ...ends]);
      expect(cells[4]).toMatch(new RegExp(`^dst ${lab.far.ipv4}:\\d+$`));
      expect(cells[5]).toMatch(/^\d+\/\d+$/);
      expect(cells.at(-1)).toBe('119h59');
      expect(foot).toMatch(/^1 flow of 1, of at most [\d,]+; forwarded: 0\.$/);
    });

    it('has dashes in place of counters that are not kept, and says why', async ({ lab }) => {
      setTracking(lab.near, { isCounting: false });
      lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 1 });
      const { stdout } = await conntrack(lab, ['list']);
      const [, line = '', foot = ''] = stdout.split('\n');
      expect(line.split(/ {2,}/)).toEqual([
        'udp',
        '-',
        '127.0.0.1:20000',
        '127.0.0.1:7000',
        '-',
        '-',
        '-',
        expect.stringMatching(/^\d+[hms]\d*s?$/), // the lab keeps flows for an hour
      ]);
      expect(foot).toContain('nf_conntrack_acct=1');
      expect((await list(lab))[0]?.orig).not.toHaveProperty('packets');
    });

    it('chooses by condition, translation and state', async ({ lab }) => {
      await connectTranslated(lab);
      lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 20 });
      expect(await list(lab)).toHaveLength(21);
      expect((await list(lab, '--nat')).map(({ protocol }) => protocol)).toEqual(['tcp']);
      expect(await list(lab, 'protocol = udp and sport = 20003')).toHaveLength(1);
      expect(await list(lab, 'dport', '7000,9000')).toHaveLength(21);
      expect(await list(lab, '--state=established')).toHaveLength(1);
      expect(await list(lab, '--state=syn_sent')).toEqual([]);
      expect(await list(lab, '--nat', 'protocol = udp')).toEqual([]);
    });

    it('prints one JSON array with --format=json, also without flows', async ({ lab }) => {
      const none = await conntrack(lab, ['list', '--format=json']);
      expect(JSON.parse(none.stdout)).toEqual([]);
      lab.sendDatagrams(lab.near, { address: '::1', port: 7000, count: 3 });
      const some = await conntrack(lab, ['list', '--format=json']);
      expect(JSON.parse(some.stdout)).toEqual(Array(3).fill(expect.objectContaining({ family: 'ipv6', side: 'both' })));
    });

    it('joins UUID and tcp_info, with the UUID of the running collector', async ({ lab }) => {
      const folder = mkdtempSync(join(tmpdir(), 'tcp-info-conntrack-'));
      const socket = join(folder, 'live.sock');
      const daemon = await DaemonProcess.start({
        namespace: lab.near,
        scraper: lab.nearPeer,
        output: folder,
        args: [`-live=unix:${socket}`, '-uuid-prefix=auto'],
        env: { POD_NAME: 'joined.example' },
      });
      try {
        const connection = await connectTranslated(lab);
        await connection.send(100);
        const client = new LiveClient(socket);
        const uuid = await until('the connection', async () => {
          const { body } = await client.get<ViewJson>('/connections', { fields: 'uuid,connection.localPort' });
          return (body.connections[0] as { readonly uuid?: string } | undefined)?.uuid;
        });
        expect(uuid).toMatch(/^joined\.example/);
        const { stdout } = await conntrack(lab, ['list', '--join', '--format=jsonl', `dport ${ASKED_PORT}`], {
          TCP_INFO_LIVE: `unix:${socket}`,
        });
        const [flow] = linesOf(stdout);
        expect(flow).toMatchObject({ uuid, side: 'orig', tcp: { state: 'ESTABLISHED', rttUs: expect.any(Number) } });
        const table = await conntrack(lab, ['list', '--join'], { TCP_INFO_LIVE: `unix:${socket}` });
        expect(table.stdout).toMatch(new RegExp(`${uuid}\n`));
      } finally {
        await daemon.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('joins what the collector knows of a connection that the kernel has forgotten, here and in watch and get', async ({
      lab,
    }) => {
      // The connection may begin before the program listens.
      setTracking(lab.near, { events: 1 });
      const folder = mkdtempSync(join(tmpdir(), 'tcp-info-conntrack-'));
      const socket = join(folder, 'live.sock');
      const daemon = await DaemonProcess.start({
        namespace: lab.near,
        scraper: lab.nearPeer,
        output: folder,
        args: [`-live=unix:${socket}`, '-uuid-prefix=auto'],
        env: { POD_NAME: 'joined.example' },
      });
      const connect = `--connect=unix:${socket}`;
      const watch = ['conntrack', 'watch', '--join', connect, '--format=jsonl', `dport ${ASKED_PORT}`];
      try {
        await using watching = Running.inside(lab.near, process.execPath, DAEMON, ...watch);
        const client = new LiveClient(socket);
        const connection = await connectTranslated(lab);
        const uuid = await until('the connection', async () => {
          const { body } = await client.get<ViewJson>('/connections', { fields: 'uuid' });
          return body.connections[0]?.uuid;
        });
        // Further connections until the program, which does not say when it begins, reports one.
        await until('an event', async () => {
          const probe = await lab.nearPeer.connect({ host: lab.far.ipv4, port: ASKED_PORT });
          await probe.reset();
          return watching.output.includes('"closed"');
        });
        const ends = ['tcp', `${lab.near.ipv4}:${connection.localPort}`, `${lab.far.ipv4}:${ASKED_PORT}`];
        const got = await conntrack(lab, ['get', '--join', connect, ...ends, '--format=json']);
        expect(JSON.parse(got.stdout)).toMatchObject({ uuid, tcp: { state: 'ESTABLISHED' } });
        const facts = await conntrack(lab, ['get', '--join', connect, ...ends]);
        expect(facts.stdout).toMatch(new RegExp(`\nuuid +${uuid}\n`));
        await connection.reset();
        await until('its end', async () => {
          const { body } = await client.get<{ readonly open: boolean }>(`/connections/${uuid}`);
          return !body.open;
        });
        const own = `sport ${connection.localPort}`;
        const [ended] = await list(lab, '--join', connect, own);
        expect(ended).toMatchObject({ state: 'CLOSE', uuid });
        // The kernel alone has no socket any longer.
        const [alone] = linesOf(
          (await conntrack(lab, ['list', '--join', '--connect=unix:/none', '--format=jsonl', own])).stdout,
        );
        expect(alone).not.toHaveProperty('uuid');
        const events = await until('the event', () => {
          const lines = linesOf(watching.output.slice(0, watching.output.lastIndexOf('\n') + 1));
          const found = lines.filter(({ orig }) => orig.sport === connection.localPort);
          return found.some(({ event }) => event === 'closed') ? found : undefined;
        });
        expect(events.at(-1)).toMatchObject({ event: 'closed', uuid });
        expect(await watching.stop()).toBe(EXIT.ok);
        await lab.nearPeer.connect({ host: lab.far.ipv4, port: ASKED_PORT });
        for (const [format, text] of [
          ['jsonl', /"established":true,"ended":0,"uuid":"joined\.example/],
          ['text', / RTT +UUID\nopen .* joined\.example/],
        ] as const) {
          const since = ['conntrack', 'watch', '--since-last=100ms', '--join', connect, `--format=${format}`];
          const args = [DAEMON, ...since, 'state = ESTABLISHED -src 127.0.0.0/8'];
          await using each = Running.inside(lab.near, process.execPath, ...args);
          await until('the connection', () => text.test(each.output));
        }
      } finally {
        await daemon.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('asks the kernel after one line about a collector that does not answer as one', async ({ lab }) => {
      const folder = mkdtempSync(join(tmpdir(), 'tcp-info-conntrack-'));
      const socket = join(folder, 'live.sock');
      const server = createServer((_, response) => response.end('[]')).listen(socket);
      try {
        await once(server, 'listening');
        const { localPort } = await connectTranslated(lab);
        const outcome = await conntrack(lab, ['list', '--join', `--connect=unix:${socket}`, '--format=jsonl']);
        expect(outcome.code).toBe(EXIT.ok);
        expect(outcome.stderr).toBe(
          `tcp-info conntrack list: unix:${socket} does not answer as a collector: no connections; sockets come from the kernel alone\n`,
        );
        const [flow] = linesOf(outcome.stdout);
        expect(flow).toMatchObject({ orig: { sport: localPort }, uuid: expect.stringMatching(/_[0-9A-F]{16}$/) });
      } finally {
        server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('joins accepted connections by the ends that their socket has', async ({ lab }) => {
      const port = await lab.nearPeer.listen(lab.near.ipv4);
      const redirect = {
        kind: 'redirect',
        protocol: 'tcp',
        port: ASKED_PORT,
        hook: 'prerouting',
        toPort: port,
      } as const;
      addRules(lab.near, redirect);
      const connection = await lab.farPeer.connect({ host: lab.near.ipv4, port: ASKED_PORT });
      const [flow] = await list(lab, '--join');
      expect(flow).toMatchObject({ side: 'reply', orig: { dport: ASKED_PORT }, tcp: { state: 'ESTABLISHED' } });
      expect(flow?.uuid).toMatch(/_[0-9A-F]{16}$/);
      const { stdout } = await conntrack(lab, ['list', '--join']);
      expect(stdout).toContain(`dst was ${lab.near.ipv4}:${ASKED_PORT}`);
      expect(stdout).toContain(`${lab.near.ipv4}:${port}  ${lab.far.ipv4}:${connection.localPort}`);
    });

    it('joins sockets of IPv6 that speak IPv4, and none that listens', async ({ lab }) => {
      const port = await lab.nearPeer.listen('::');
      const connection = await lab.farPeer.connect({ host: lab.near.ipv4, port });
      const [flow] = await list(lab, '--join');
      expect(flow).toMatchObject({ side: 'reply', tcp: { state: 'ESTABLISHED' } });
      const accepted = await lab.nearPeer.accepted(port, connection.localPort);
      await accepted.reset();
      await connection.closed();
      // The flow stays, and the kernel would answer with the listener.
      const [ended] = await list(lab, '--join');
      expect(ended).toMatchObject({ state: 'CLOSE' });
      expect(ended).not.toHaveProperty('uuid');
    });

    it('ends quietly when the reader has gone', async ({ lab }) => {
      lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 3000 });
      const script = `set -o pipefail; "$0" "$@" | head -1 >/dev/null`;
      const words = [process.execPath, DAEMON, 'conntrack', 'list', '--format=jsonl'];
      const [file, args] = lab.near.command('bash', '-c', script, ...words);
      const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: EXIT.ok, stderr: '' });
    });

    it('explains what the kernel tests without asking it', async () => {
      const { code, stdout } = await runDaemon(
        ['conntrack', 'list', '--explain', 'family = ipv4 protocol = tcp orig.dport = 443 helper = ftp'],
        { wrapper: UNPRIVILEGED },
      );
      expect(code).toBe(EXIT.ok);
      expect(stdout).toBe(
        'The kernel tests: family = ipv4, protocol = tcp, orig.dport = 443. Tested here alone: helper = ftp.\n',
      );
    });

    it('reads another namespace with --netns', async ({ lab }) => {
      lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 2 });
      const { stdout } = await runDaemon(['conntrack', 'list', `--netns=${lab.near.name}`]);
      expect(stdout).toMatch(/\n2 flows of 2, of at most/);
      const { stdout: count } = await runDaemon(['conntrack', 'count', `--netns=${lab.near.name}`]);
      expect(count).toMatch(/^2 flows of at most/);
    });
  });

  describe('get and delete', () => {
    it('find a flow by its ends from both sides, and by its id', async ({ lab }) => {
      const { localPort } = await connectTranslated(lab);
      const ends = ['tcp', `${lab.near.ipv4}:${localPort}`, `${lab.far.ipv4}:${ASKED_PORT}`];
      const { stdout } = await conntrack(lab, ['get', ...ends, '--format=json']);
      const { id } = JSON.parse(stdout) as FlowLine;
      const facts = await conntrack(lab, ['get', `--id=${id}`]);
      expect(facts.stdout).toMatch(new RegExp(`^tcp ESTABLISHED ${ends[1]} -> ${ends[2]}\nid +${id}\n`));
      expect(facts.stdout).toMatch(/\ndestination +\S+ became \S+\n/);
      const none = await conntrack(lab, ['get', 'tcp', '10.77.0.1:1', '10.77.0.2:1']);
      expect(none).toMatchObject({ code: EXIT.failed, stdout: '' });
      expect(none.stderr).toBe('tcp-info conntrack get: there is no flow tcp 10.77.0.1:1 10.77.0.2:1\n');
    });

    it('agree with list on the side, here and in another namespace', async ({ lab }) => {
      const port = await lab.nearPeer.listen(lab.near.ipv4);
      const { localPort } = await lab.farPeer.connect({ host: lab.near.ipv4, port });
      const ends = ['tcp', `${lab.near.ipv4}:${port}`, `${lab.far.ipv4}:${localPort}`];
      const get = ['get', ...ends, '--format=json'];
      const inside = JSON.parse((await conntrack(lab, get)).stdout) as FlowLine;
      const netns = `--netns=${lab.near.name}`;
      const outside = JSON.parse((await runDaemon(['conntrack', ...get, netns])).stdout) as FlowLine;
      const listed = linesOf((await runDaemon(['conntrack', 'list', '--format=jsonl', netns])).stdout);
      expect([inside, outside, ...listed].map(({ id, side }) => [id, side])).toEqual(
        Array(3).fill([inside.id, 'reply']),
      );
      const facts = await runDaemon(['conntrack', 'get', ...ends, netns]);
      expect(facts.stdout).toMatch(new RegExp(`^tcp ESTABLISHED ${ends[1]} -> ${ends[2]}\n`));
    });

    it('delete exactly the flow with this id', async ({ lab }) => {
      lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 10 });
      const [flow] = await list(lab, 'sport 20004');
      const ends = ['udp', '127.0.0.1:20004', '127.0.0.1:7000'];
      const wrong = ((flow?.id ?? 0) ^ 1) >>> 0;
      const answers: string[] = [];
      for (const args of [
        [`--id=${flow?.id}`, '--dry-run'],
        [`--id=${wrong}`],
        [`--id=${flow?.id}`],
        [`--id=${flow?.id}`],
      ]) {
        const { code, stdout } = await conntrack(lab, ['delete', ...ends, ...args]);
        expect(code).toBe(EXIT.ok);
        answers.push(stdout.split(' ').slice(0, 2).join(' '));
      }
      expect(answers).toEqual(['deleted=0 found=1', 'deleted=0 found=0', 'deleted=1 found=1', 'deleted=0 found=0']);
      expect((await list(lab)).map(({ orig }) => orig.sport).sort()).toEqual(
        [0, 1, 2, 3, 5, 6, 7, 8, 9].map((i) => 20_000 + i),
      );
    });
  });

  describe('watch', () => {
    it('prints the events of a connection, and ends well on SIGTERM', async ({ lab }) => {
      const args = ['conntrack', 'watch', '--events=all', '--format=jsonl', 'protocol = tcp'];
      await using watching = Running.inside(lab.near, process.execPath, DAEMON, ...args);
      const port = await lab.farPeer.listen(lab.far.ipv4);
      // Connections until the program, which does not say when it begins, reports one.
      const seen = async (): Promise<boolean> => {
        const probe = await lab.nearPeer.connect({ host: lab.far.ipv4, port });
        await probe.reset();
        await probe.closed();
        return watching.output.includes('"closed"');
      };
      await until('an event', seen);
      const { localPort } = await lab.nearPeer.connect({ host: lab.far.ipv4, port });
      const own = (): FlowLine[] =>
        linesOf(watching.output.slice(0, watching.output.lastIndexOf('\n') + 1)).filter(
          ({ orig }) => orig.sport === localPort,
        );
      await until('the connection', () => own().length >= 3);
      const refused = await lab.nearPeer.attempt({ host: lab.far.ipv4, port: 1 });
      expect(await refused.closed()).toBe('ECONNREFUSED');
      await until('the refused connection', () => watching.output.includes('"destroy"'));
      expect(own().map(({ event, state }) => [event, state])).toEqual([
        ['new', 'SYN_SENT'],
        ['update', 'SYN_RECV'],
        ['established', 'ESTABLISHED'],
      ]);
      expect(await watching.stop()).toBe(EXIT.ok);
    });

    it('counts what was lost, lists the flows again, and ends with code 3', async ({ lab }) => {
      const args = ['conntrack', 'watch', '--events=new', '--format=jsonl', '--buffer=16KiB'];
      await using watching = Running.inside(lab.near, process.execPath, DAEMON, ...args);
      const count = 3000;
      let sent = 0;
      const heard = (): boolean => {
        lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 1, firstPort: 10_000 + sent++ });
        return watching.output.includes('"new"');
      };
      await until('an event', heard);
      const [child] = lab.near
        .run('pgrep', '-f', `${DAEMON} ${args.join(' ')}`)
        .trim()
        .split('\n');
      process.kill(Number(child), 'SIGSTOP');
      lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count });
      process.kill(Number(child), 'SIGCONT');
      const events = (): FlowLine[] =>
        linesOf(watching.output.slice(0, watching.output.lastIndexOf('\n') + 1)).filter(
          ({ event, orig }) => event === 'lost' || orig.sport >= 20_000,
        );
      const of = (kind: string): FlowLine[] => events().filter(({ event }) => event === kind);
      await until('the dump after the loss', () => of('resync').length >= count);
      const lost = of('lost').reduce((sum, { events: number = 0 }) => sum + number, 0);
      expect(lost).toBeGreaterThan(0);
      expect(of('new').length + lost).toBe(count);
      expect(await watching.stop()).toBe(EXIT.incomplete);
      expect(watching.output).toMatch(/tcp-info conntrack watch: [\d,]+ events lost: give a larger --buffer/);
    });

    it('prints with --since-last what is established, and each end once', async ({ lab }) => {
      const port = await lab.farPeer.listen(lab.far.ipv4);
      const lasting = await lab.nearPeer.connect({ host: lab.far.ipv4, port });
      const args = ['conntrack', 'watch', '--since-last=100ms', '--format=jsonl'];
      await using watching = Running.inside(lab.near, process.execPath, DAEMON, ...args);
      interface Answer {
        readonly ready: boolean;
        readonly connections: readonly (FlowLine & { readonly established: boolean; readonly ended: number })[];
      }
      const answers = (): Answer[] =>
        linesOf(watching.output.slice(0, watching.output.lastIndexOf('\n') + 1)) as unknown as Answer[];
      await until('the first answer', () => answers().length > 0);
      const short = await lab.nearPeer.connect({ host: lab.far.ipv4, port });
      await short.reset();
      const ended = (): Answer['connections'] =>
        answers().flatMap(({ connections }) => connections.filter(({ established }) => !established));
      await until('the end', () => ended().length > 0);
      const before = answers().length;
      await until('two more answers', () => answers().length >= before + 2);
      expect(ended().map(({ orig, ended: count }) => [orig.sport, count])).toEqual([[short.localPort, 1]]);
      for (const { ready, connections } of answers()) {
        expect(ready).toBe(true);
        expect(connections.filter(({ orig }) => orig.sport === lasting.localPort)).toHaveLength(1);
      }
      expect(await watching.stop()).toBe(EXIT.ok);
    });

    it.for([
      ['watch'],
      ['watch', '--since-last=1h'],
      ['stats', '--every=1h'],
    ])('%j ends when its reader has gone, although nothing happens', async (args, { lab }) => {
      const script = `set -o pipefail; "$0" "$@" | head -1`;
      const [file, argv] = lab.near.command('bash', '-c', script, process.execPath, DAEMON, 'conntrack', ...args);
      await using piped = new Running(file, argv);
      expect(await piped.ended()).toBe(EXIT.ok);
      // The heading alone was printed, and by `watch` the reason for which nothing may come.
      const printed = piped.output.trimEnd().split('\n');
      expect(printed.filter((line) => !line.includes('no flow is tracked yet'))).toHaveLength(1);
    });

    it('ends after --duration', async ({ lab }) => {
      const events = await conntrack(lab, ['watch', '--duration=100ms', '--format=json']);
      const reason = expect.stringMatching(
        /^tcp-info conntrack watch: no flow is tracked yet: [^\n]*firewall[^\n]*\n$/,
      );
      expect(events).toEqual({ code: EXIT.ok, stdout: '[]\n', stderr: reason });
      const connections = await conntrack(lab, ['watch', '--duration=1s', '--since-last=1h']);
      expect(connections.code).toBe(EXIT.ok);
      expect(connections.stdout).toMatch(/^\S+ {2}0 established, 0 ended\n\n$/);
      expect(connections.stderr).toEqual(reason);
    });
  });

  describe('count and stats', () => {
    it('need no capability', async ({ lab }) => {
      lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 7 });
      const wrapper = ['nsenter', `--net=/run/netns/${lab.near.name}`, ...UNPRIVILEGED];
      const count = await runDaemon(['conntrack', 'count', '--format=json'], { wrapper });
      expect(JSON.parse(count.stdout)).toMatchObject({ entries: 7, maxEntries: expect.any(Number) });
      const stats = await runDaemon(['conntrack', 'stats'], { wrapper });
      expect(stats.stdout).toMatch(/^CPU +FOUND +INVALID .*\n +0 /);
      expect(stats.stdout).toMatch(/\nall .*\n7 flows of at most [\d,]+\n$/);
      const growth = await runDaemon(['conntrack', 'stats', '--every=100ms', '--duration=1s', '--format=jsonl'], {
        wrapper,
      });
      expect(growth.code).toBe(EXIT.ok);
      const lines = linesOf(growth.stdout);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines[0]).toMatchObject({ entries: 7, growth: { drop: 0 } });
    });
  });

  it.for([
    ['list'],
    ['get', 'tcp', '10.77.0.1:1', '10.77.0.2:1'],
    ['get', '--id=1'],
    ['watch'],
    ['watch', '--since-last=1s'],
    ['delete', '--id=1', 'tcp', '10.77.0.1:1', '10.77.0.2:1'],
  ])('%j says in one sentence that it needs a capability', async (args, { lab }) => {
    const wrapper = ['nsenter', `--net=/run/netns/${lab.near.name}`, ...UNPRIVILEGED];
    const { code, stdout, stderr } = await runDaemon(['conntrack', ...args], { wrapper });
    expect(code).toBe(EXIT.failed);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^tcp-info conntrack \w+: [^\n]*CAP_NET_ADMIN[^\n]*\n$/);
  });
});
