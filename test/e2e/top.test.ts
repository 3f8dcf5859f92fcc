import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { DAEMON } from '../support/daemon.js';
import { LiveServer } from '../support/live-server.js';
import { havePrograms } from '../support/programs.js';
import { it, runDaemon } from '../support/run.js';
import { type TerminalSize, Tmux } from '../support/tmux.js';
import { until } from '../support/waiting.js';

const SMALL: TerminalSize = { columns: 80, rows: 24 };
const LARGE: TerminalSize = { columns: 200, rows: 50 };
const hasTmux = havePrograms('tcp-info top on a terminal', 'tmux');

function top(socket: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, DAEMON, 'top', `--connect=unix:${socket}`, ...args];
}

/** Expects that no line is wider than the screen, and that columns of numbers end at the same place. */
function expectAligned(lines: readonly string[], title: string): void {
  const head = lines.findIndex((line) => line.includes('Process') && line.includes(title));
  expect(head).toBeGreaterThan(0);
  const end = (lines[head] ?? '').indexOf(title) + title.length;
  const rows = lines.slice(head + 1).filter((line) => /(?:bit|B)\/s/.test(line));
  expect(rows.length).toBeGreaterThan(3);
  for (const line of rows) {
    // Wide letters are one character of two columns.
    const shift = [...line].filter((letter) => /\p{Script=Han}/u.test(letter)).length;
    const marks = [...line].filter((letter) => /\p{Mn}/u.test(letter)).length;
    const at = end - shift + marks;
    expect(`${line.slice(0, at)}|`).toMatch(/[\d%sB–]\|$/);
    expect(line.slice(at, at + 2).trim()).toBe('');
  }
}

describe.skipIf(!hasTmux)('tcp-info top on a terminal', () => {
  it.for([SMALL, LARGE])('shows aligned columns that fit into $columns × $rows', async (size, { folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'));
    using tmux = new Tmux(size, top(server.socket));
    const lines = await tmux.shows('↑ 812 Mbit/s ↓ 40 Mbit/s');
    expect(lines[0]).toContain('35 open');
    const table = await tmux.shows('Mbit/s  ');
    expectAligned(table, 'Send');
    expectAligned(table, 'RTT');
    expect(table.at(-1)).toContain('? help');
    const hasAll = table.some((line) => /Local .* State .* Retr .* Age/.test(line));
    expect(hasAll).toBe(size === LARGE);
  });

  it('shows the control characters of a process name as text', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(LARGE, top(server.socket, '--sort=process'));
    const lines = await tmux.shows('evil');
    expect(lines.find((line) => line.includes('evil'))).toContain('evil\\u{1b}[2J\\u{1b}[31mname 800');
    expect(lines[0]).toContain('tcp-info');
    expectAligned(lines, 'Send');
  });

  it('filters with completion, shows where an error is, and clears with Esc', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'));
    using tmux = new Tmux(SMALL, top(server.socket));
    await tmux.shows('40 of 40');
    tmux.type('/dpo');
    await tmux.shows(/^ +dport /);
    tmux.press('Tab');
    await tmux.shows('Filter: dport');
    tmux.type(' 443 rtt > 5');
    tmux.press('Enter');
    const wrong = await tmux.shows('at 16: 5 has no unit');
    const mark = wrong.find((line) => /^ +\^$/.test(line)) ?? '';
    const filter = wrong.find((line) => line.startsWith('Filter: ')) ?? '';
    expect(filter.slice(mark.indexOf('^'))).toBe('5');
    tmux.type('us');
    tmux.press('Enter');
    await tmux.shows('20 of 40');
    expect(await server.asked()).toContainEqual(expect.stringMatching(/^\/stream\?filter=dport\+443\+rtt/));
    tmux.press('/', 'Escape');
    await tmux.shows('40 of 40');
    await tmux.hides('Filter:');
    // Values of texts are completed from the connections.
    tmux.type('/comm = pos');
    await tmux.shows(/^ +postgres +value/);
    tmux.press('Down', 'Enter');
    await tmux.shows('Filter: comm = postgres');
  });

  it('sorts by each column and reverses, and keeps the order while the cursor has moved', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--every=200');
    using tmux = new Tmux(LARGE, top(server.socket, '--every=200ms'));
    await tmux.shows('40 of 40');
    tmux.press('s');
    await tmux.shows('Process ▲');
    tmux.press('r');
    await tmux.shows('Process ▼');
    tmux.press('s', 's', 's', 's');
    await tmux.shows('▼ Send');
    tmux.press('S');
    await tmux.shows('State ▲');
    tmux.press('j', 'k');
    await tmux.shows('order <1 s old · o');
    await tmux.shows(/order \d s old/);
    const ends = (): readonly string[] => tmux.lines().flatMap((line) => /:(?:51\d{3}|443) /.exec(line)?.[0] ?? []);
    const held = ends();
    expect(held.length).toBeGreaterThan(20);
    await tmux.shows(/order [2-9] s old/);
    expect(ends()).toEqual(held);
    tmux.press('S', 'S', 'S', 'S');
    await tmux.hides(' old · o');
    tmux.press('j');
    await tmux.shows(' old · o');
    tmux.press('o');
    await tmux.hides(' old · o');
  });

  it('moves by lines and pages, and asks for the rows that come into sight', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--rows=3000', '--stay');
    using tmux = new Tmux(SMALL, top(server.socket, '--columns=remote,pid', '--sort=pid', '--filter=pid > 0'));
    await tmux.shows('2,572 of 3,000');
    tmux.press('G');
    await tmux.shows(' 3798');
    tmux.press('g');
    await tmux.shows(/:51000 +800$/);
    tmux.press('PageDown', 'PageDown');
    await tmux.shows(/ 840$/);
    tmux.press('PageUp', 'Down', 'Up', 'k', 'j');
    await tmux.shows(/ 821$/);
  });

  it('opens a connection with charts, the answer and facts, and goes back', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(LARGE, top(server.socket, '--sort=pid', '--filter=port 443 and comm:nginx'));
    await tmux.shows('nginx 8');
    tmux.press('Enter');
    const lines = (await tmux.shows('Limited by')).join('\n');
    expect(lines).toContain('Slow because the reader at');
    expect(lines).toContain('next step');
    expect(lines).toMatch(/RTT .*, of it min 4 ms/);
    expect(lines).toMatch(/In flight .*cwnd ─ .*window ═/);
    expect(lines).toMatch(/rwnd .*█/);
    expect(lines).toContain('2 min ago');
    tmux.press('G');
    await tmux.shows('endingUnknownBecause');
    tmux.press('u', 'y');
    await tmux.shows('Copied host_');
    expect(tmux.copied()).toMatch(/^host_1795890818_[\dA-F]{16}$/);
    tmux.press('Escape');
    await tmux.shows('? help  / filter');
  });

  it('freezes a copy that is still sorted, filtered and opened', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--every=200');
    using tmux = new Tmux(LARGE, top(server.socket, '--every=200ms'));
    await tmux.shows('40 of 40');
    tmux.press('f');
    await tmux.shows('FROZEN');
    const sends = (lines: readonly string[]): readonly string[] =>
      lines.flatMap((line) => line.match(/[\d.]+ Mbit\/s/g) ?? []);
    const before = sends(tmux.lines().slice(1));
    await tmux.shows(/FROZEN [2-9] s ago/);
    expect(sends(tmux.lines().slice(1))).toEqual(before);
    tmux.type('/comm:nginx limited:cwnd');
    tmux.press('Enter');
    const filtered = await tmux.shows(/ \d of 40/);
    expect(filtered.some((line) => line.includes('postgres'))).toBe(false);
    tmux.press('Enter');
    await tmux.shows('Limited by');
    expect(await server.asked()).toContainEqual(expect.stringMatching(/\/timeline\?.*until=/));
    tmux.press('Escape', 'f');
    await tmux.hides('FROZEN');
  });

  it('shows closed rows dimmed with how they ended, hides them, and shows them alone', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(LARGE, top(server.socket));
    await tmux.shows(/closed \d+ s ago: reset by the other end/);
    // The code of faint letters stands before the row.
    expect(tmux.styled()).toMatch(/\[2m[^\n]*closed \d+ s ago/);
    tmux.press('x');
    await tmux.shows('35 of 40');
    await tmux.hides('s ago:');
    tmux.press('x');
    await tmux.shows('5 of 40');
    await tmux.shows(/closed \d+ s ago: timed out/);
    tmux.press('x');
    await tmux.shows('40 of 40');
  });

  it('groups by process, unit, peer and port, and unfolds a group', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(LARGE, top(server.socket));
    await tmux.shows('40 of 40');
    tmux.press('a');
    await tmux.shows('by process');
    await tmux.shows(/▸ nginx +\d/);
    tmux.press('Space');
    await tmux.shows('▾ ');
    await tmux.shows(/^ {4}\S+ 8\d\d/);
    tmux.press('Space');
    await tmux.hides('▾');
    tmux.press('a');
    await tmux.shows(/▸ web\.service/);
    tmux.press('a');
    await tmux.shows('by peer');
    tmux.press('a');
    await tmux.shows(/▸ 443 /);
    tmux.press('a', 'a');
    await tmux.shows('by MPTCP connection');
    tmux.press('a');
    await tmux.shows('40 of 40');
  });

  it('chooses columns, units, intervals and tabs, and explains itself', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(LARGE, top(server.socket));
    await tmux.shows('40 of 40');
    tmux.press('c');
    await tmux.shows('[x] process');
    tmux.press('Space', 'j', 'j', 'Enter');
    await tmux.hides('Process');
    tmux.press('u');
    await tmux.shows(/[kM]B\/s/);
    tmux.press('+');
    await tmux.shows('A refresh every 2 s.');
    tmux.press('-');
    await tmux.shows('A refresh every 1 s.');
    tmux.press('3');
    await tmux.shows('start the collector with -alerts');
    tmux.press('4');
    await tmux.shows('CAP_SYS_PTRACE is missing');
    tmux.press('2');
    await tmux.shows('by process');
    tmux.press('1', 'w');
    await tmux.shows('Watch (interval, time): 1ms 60s');
    tmux.press('Enter');
    await tmux.shows('Watched each 1 ms for 60 s; w ends it.');
    tmux.press('R');
    await tmux.shows(/Save the last records of .*\? R again saves/);
    tmux.press('R');
    await tmux.shows(/Nothing is recorded: start the collector with -recorder/);
    tmux.press('?');
    await tmux.shows('rtt > 3*minrtt');
    tmux.press('Escape');
    await tmux.shows('40 of 40');
  });

  it('follows the size of the terminal', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(LARGE, top(server.socket));
    await tmux.shows(/ Age$/);
    tmux.resize({ columns: 50, rows: 12 });
    const small = await until('a small table', () => {
      const lines = tmux.lines();
      return lines.length === 12 && lines.at(-1)?.startsWith('? help') === true ? lines : undefined;
    });
    expect(small.every((line) => line.length <= 50)).toBe(true);
    expectAligned(small, 'Send');
    tmux.resize({ columns: 19, rows: 8 });
    await tmux.shows('Too small: 19x8,');
    tmux.resize({ columns: 2, rows: 2 });
    await until('the smallest screen', () => (tmux.lines()[0] === 'To' ? true : undefined));
    tmux.resize({ columns: 120, rows: 40 });
    await tmux.shows(/ Age$/);
    expect(tmux.lines()).toHaveLength(40);
  });

  it('keeps the last state when the collector is killed, says since when, and goes on', async ({ folder }) => {
    const socket = join(folder, 'live.sock');
    const server = await LiveServer.start(socket, '--stay');
    using tmux = new Tmux(SMALL, top(socket));
    await tmux.shows('40 of 40');
    await server.kill();
    await tmux.shows(/NO CONNECTION since \d+ s/);
    expect(tmux.lines().filter((line) => line.includes('Mbit/s')).length).toBeGreaterThan(5);
    // Keys still work on what is known.
    tmux.press('j');
    await tmux.shows(' old · o');
    await using second = await LiveServer.start(socket, '--stay');
    await tmux.hides('NO CONNECTION');
    expect(second.socket).toBe(socket);
  });

  it.for(['q', 'C-c'])('restores the screen after %s', async (key, { folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(SMALL, top(server.socket));
    await tmux.shows('40 of 40');
    tmux.press(key);
    const { code, lines } = await tmux.ended();
    expect(code).toBe(0);
    expect(lines.slice(0, 2)).toEqual(['BEFORE', 'ENDED 0']);
    expect(tmux.value('#{cursor_flag} #{alternate_on} #{wrap_flag}')).toBe('1 0 1');
  });

  it.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 0],
  ] as const)('restores the screen after %s', async ([signal, exitCode], { folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(SMALL, top(server.socket));
    await tmux.shows('40 of 40');
    process.kill(tmux.pid(), signal);
    const { code, lines } = await tmux.ended();
    expect(code).toBe(exitCode);
    expect(lines[0]).toBe('BEFORE');
    expect(tmux.value('#{cursor_flag} #{alternate_on}')).toBe('1 0');
  });

  it('ends without a stack trace when the terminal goes away', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    const errors = join(folder, 'errors');
    let pid = 0;
    {
      using tmux = new Tmux(SMALL, ['sh', '-c', 'exec "$@" 2>"$0"', errors, ...top(server.socket)]);
      await tmux.shows('40 of 40');
      pid = tmux.pid();
      // The end of this block ends the terminal.
    }
    await until('the end of top', () => !existsSync(`/proc/${pid}`));
    expect(readFileSync(errors, 'utf8')).not.toMatch(/Assertion|at .*\.js/);
  });

  it('restores the screen before it reports a defect', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    const defect = 'process.on("SIGUSR2", () => { throw new Error("a defect"); })';
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(defect)}` };
    using tmux = new Tmux(SMALL, top(server.socket), env);
    await tmux.shows('40 of 40');
    process.kill(tmux.pid(), 'SIGUSR2');
    const { code, lines } = await tmux.ended();
    expect(code).toBe(1);
    expect(lines[0]).toBe('BEFORE');
    expect(lines[1]).toBe('tcp-info top: unexpected error: Error: a defect');
    expect(tmux.value('#{cursor_flag} #{alternate_on}')).toBe('1 0');
  });

  it('restores the screen when it is stopped, and draws it again when it continues', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(SMALL, top(server.socket));
    await tmux.shows('40 of 40');
    const pid = tmux.pid();
    process.kill(pid, 'SIGTSTP');
    await until('the main screen', () => tmux.value('#{alternate_on}') === '0');
    process.kill(pid, 'SIGCONT');
    await tmux.shows('40 of 40');
    expect(tmux.value('#{alternate_on}')).toBe('1');
    // Also when it could not restore the screen before.
    process.kill(pid, 'SIGSTOP');
    process.kill(pid, 'SIGCONT');
    tmux.press('?');
    await tmux.shows('this help');
  });

  it('is plain ASCII with LANG=C, and prints once with TERM=dumb', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using ascii = new Tmux(SMALL, top(server.socket, '--sort=-rtt'), { LANG: 'C', LC_ALL: 'C' });
    const lines = await ascii.shows('v RTT');
    ascii.press('Enter');
    const detail = await ascii.shows('Limited by');
    for (const line of [...lines, ...detail]) expect(line).toMatch(/^[\x20-\x7e]*$/);
    using dumb = new Tmux(SMALL, top(server.socket), { TERM: 'dumb' });
    const { code, lines: printed } = await dumb.ended();
    expect(code).toBe(0);
    for (const line of printed) expect(line).toMatch(/^[\x20-\x7e]*$/);
  });

  it('has no colours with NO_COLOR', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--stay');
    using tmux = new Tmux(SMALL, top(server.socket), { NO_COLOR: '1' });
    await tmux.shows('40 of 40');
    tmux.press('/', 'd');
    await tmux.shows('Filter: d');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: codes of colours
    expect(tmux.styled()).not.toMatch(/\u001b\[[\d;]*[34][0-7]m/);
  });
});

describe('tcp-info top, printed', () => {
  it('prints one view and ends, also into a pipe that is closed early', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--rows=5000', '--stay');
    const [file = '', ...args] = top(server.socket, '--once');
    const shell = [file, ...args].join(' ');
    const child = spawn('sh', ['-c', `(${shell}; echo "exit code $?" >&2) | head -3`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(stderr).toBe('exit code 0\n');
    expect(stdout.split('\n')[0]).toMatch(/^tcp-info - .*4,375 open - 625 closed/);
    const printed = async (...more: readonly string[]): Promise<string> => {
      const run = await runDaemon(['top', `--connect=unix:${server.socket}`, '--once', ...more]);
      expect(run).toMatchObject({ code: 0, stderr: '' });
      return run.stdout;
    };
    const lines = (stdout: string): readonly string[] => stdout.trimEnd().split('\n').slice(3);
    expect(lines(await printed()).filter((line) => / closed \d/.test(line))).toEqual([]);
    expect(lines(await printed('--closed=only'))).toHaveLength(625);
    const whole = { stdout: await printed('--closed=true') };
    expect(lines(whole.stdout)).toHaveLength(5000);
    expect(whole.stdout).toMatch(/^[\x20-\x7e\n]*$/);
    // Not on a terminal, nothing is cut.
    expect(whole.stdout).toMatch(/^evil\\u\{1b\}\[2J\\u\{1b\}\[31mname 800 +10\.0\.0\.1:443 /m);
    expect(whole.stdout.split('\n')[2]).toMatch(/^Process .* Local .* Age$/);
  });

  it('prints as many frames as asked, as JSON too', async ({ folder }) => {
    await using server = await LiveServer.start(join(folder, 'live.sock'), '--every=100');
    const args = ['top', `--connect=unix:${server.socket}`, '--every=100ms', '--frames=3', '--format=json'];
    const { code, stdout } = await runDaemon(args);
    expect(code).toBe(0);
    const views = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { generation: number; connections: object[] });
    expect(views).toHaveLength(3);
    expect(new Set(views.map(({ generation }) => generation)).size).toBe(3);
    expect(views[0]?.connections[0]).toMatchObject({ state: 'ESTABLISHED', now: { rttUs: expect.any(Number) } });
  });

  it.for([
    [['--filter=rto > 5ms'], 2, /--filter: at 0: 'rto' is no field; .*rtt/],
    [['--sort=x'], 2, /--sort: 'x' is no column and no field/],
    [['--columns=process,rtto'], 2, /--columns: 'rtto' is no column and no field; did you mean/],
    [['--every=1ms'], 2, /expected a duration from 100ms to 1m/],
    [['--frames=0'], 2, /expected a whole number/],
    [['--connect=ftp://x'], 2, /expected unix:PATH or http/],
    [['--connect=unix:/nonexistent/sock'], 1, /unix:\/nonexistent\/sock: no such file or directory \(ENOENT\)/],
  ] as const)('rejects %s', async ([args, exitCode, message]) => {
    const { code, stderr, stdout } = await runDaemon(['top', '--once', ...args]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  });
});
