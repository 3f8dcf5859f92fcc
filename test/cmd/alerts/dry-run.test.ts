import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { dryRun } from '../../../cmd/tcp-info/alerts/dry-run.js';
import { playRecords, recordedConnections } from '../../../cmd/tcp-info/alerts/play-archives.js';
import { dryRunText, firedAlerts } from '../../../cmd/tcp-info/alerts/report.js';
import { unpackArchives } from '../../../cmd/tcp-info/alerts/unpack-archives.js';
import { AlertEngine } from '../../../live/alerts/index.js';
import { parseRules } from '../../../live/alerts/rules/index.js';
import { encodeLine, encodeRecord, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { Scene, uuidOf } from '../../live/store/scene.js';
import { tcpInfo } from '../../support/tcp-info.js';

const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RULES = [
  { name: 'slow', when: 'rtt > 50ms', for: '2s', clear: 'rtt < 20ms', clearFor: '2s' },
  { name: 'fast', when: 'send > 50kB/s', clearFor: '1s' },
  { name: 'many', by: 'remotePort', when: 'count() >= 2 and max(rtt) > 50ms', clearFor: '0s' },
];

/** Plays a scene with the rules, and writes its records as archives. Returns the transitions that a collector finds. */
async function record(): Promise<{ readonly file: string; readonly data: string; readonly live: string[] }> {
  const scene = new Scene();
  const text = JSON.stringify({ alerts: RULES });
  const engine = new AlertEngine({
    rules: parseRules(text, 'alerts.json'),
    source: scene.store,
    channels: new Map(),
    elapsedMs: () => scene.ms,
    later: (work) => work(),
    onRefused: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
  const sent = new Map<bigint, number>();
  for (let second = 0; second < 40; second++) {
    for (const cookie of [1n, 2n]) {
      const isSlow = cookie === 1n ? second >= 5 && second < 15 : second >= 20;
      const bytesSent = (sent.get(cookie) ?? 0) + (cookie === 2n && second >= 8 && second < 18 ? 100_000 : 10);
      sent.set(cookie, bytesSent);
      scene.ms += 10;
      if (second < 30 || cookie === 1n) scene.seen(cookie, { info: { rttUs: isSlow ? 60_000 : 10_000, bytesSent } });
      else if (second === 30) scene.ended(cookie, { info: { rttUs: 60_000, bytesSent } });
    }
    scene.second();
    await engine.evaluate();
  }
  const file = join(folder, 'alerts.json');
  writeFileSync(file, text);
  for (const [uuid, records] of scene.records) {
    const metadata = { uuid, sequence: 0, startTime: records[0]?.timestamp ?? '' };
    const lines = [encodeLine({ timestamp: ZERO_TIMESTAMP, metadata }), ...records.map((each) => encodeRecord(each))];
    writeFileSync(join(folder, `${uuid}.00000.jsonl`), lines.map((line) => `${String(line).trimEnd()}\n`).join(''));
  }
  const live = engine.history
    .since(0)
    .map(({ name, state, time, uuid, value }) => `${time} ${name} ${state} ${uuid} ${value}`);
  return { file, data: folder, live };
}

/** Calls back while temporary files are made below a folder. */
async function withTmpdir(path: string, act: () => Promise<void>): Promise<void> {
  vi.stubEnv('TMPDIR', path);
  try {
    await act();
  } finally {
    vi.unstubAllEnvs();
  }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

describe('tcp-info alerts test', () => {
  it('finds what a collector tells, at the same times', async () => {
    const { file, data, live } = await record();
    const { code, stdout, stderr } = await tcpInfo('alerts', 'test', '--format=json', file, join(data, '*.jsonl'));
    expect([code, stderr]).toEqual([0, '']);
    const { alerts, connections } = JSON.parse(stdout);
    expect(connections).toBe(2);
    const fired = alerts.map(
      ({ time, name, uuid, value }: Record<string, unknown>) => `${time} ${name} firing ${uuid} ${value}`,
    );
    expect(fired).toEqual(live.filter((line) => line.includes(' firing ')));
    expect(fired.length).toBeGreaterThanOrEqual(5);
    const ended = alerts.flatMap(({ until, name }: Record<string, unknown>) =>
      until === null ? [] : `${until} ${name}`,
    );
    const told = live
      .filter((line) => line.includes(' resolved '))
      .map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(ended.toSorted()).toEqual(told.toSorted());
    expect(
      alerts.find(({ uuid, name }: Record<string, unknown>) => uuid === uuidOf(2n) && name === 'slow'),
    ).toMatchObject({
      reason: 'closed',
    });
  });

  it('prints a line for each alert, and always the same', async () => {
    const { file, data } = await record();
    const text = await tcpInfo('alerts', 'test', file, join(data, '*.jsonl'));
    expect(text.stdout).toMatch(
      /^2026-11-21 00:00:\d\d\.002 UTC {2}fast {2}warning {2}uuid=\S+ .* value \d+ B\/s .*until .*cleared\)$/m,
    );
    expect(text.stdout).toMatch(/\n\d alerts of 3 rules, 2 connections, 2026-11-21 00:00:00.010 UTC to .*\n$/);
    expect((await tcpInfo('alerts', 'test', file, join(data, '*.jsonl'))).stdout).toBe(text.stdout);
  });

  it('finds the same in tars, in streams, and in archives behind each other', async () => {
    const { file, data } = await record();
    const expected = (await tcpInfo('alerts', 'test', file, join(data, '*.jsonl'))).stdout;
    const files = readdirSync(data).filter((name) => name.endsWith('.jsonl'));
    const tar = join(data, 'archives.tgz');
    execFileSync('tar', ['-czf', tar, '-C', data, ...files]);
    const own = join(folder, 'own-tmp');
    mkdirSync(own, { recursive: true });
    await withTmpdir(own, async () => {
      expect(await tcpInfo('alerts', 'test', file, tar)).toEqual({ code: 0, stdout: expected, stderr: '' });
    });
    expect(readdirSync(own)).toEqual([]);
    const joined = Buffer.concat(files.map((name) => readFileSync(join(data, name))));
    for (const stdin of [readFileSync(tar), joined]) {
      const unpacked = mkdtempSync(join(folder, 'unpacked-'));
      const archives = await unpackArchives(['-'], unpacked, { stdin: pieces(stdin) });
      const result = await dryRun(
        parseRules(readFileSync(file, 'utf8'), file),
        playRecords(recordedConnections(archives, {})),
      );
      expect(dryRunText(result, firedAlerts(result.transitions), { rules: 3, zone: 'utc' })).toBe(expected);
    }
  });

  it('names the place in a tar that is damaged, and plays the rest', async () => {
    const { file, data } = await record();
    const [name = ''] = readdirSync(data).filter((each) => each.endsWith('.jsonl'));
    const broken = join(folder, 'broken');
    mkdirSync(broken, { recursive: true });
    const text = readFileSync(join(data, name), 'utf8');
    writeFileSync(join(broken, name), text.replace(/\n[^\n]*\n$/, '\n{"Timestamp":\n'));
    execFileSync('tar', ['-cf', join(broken, 'one.tar'), '-C', broken, name]);
    const { code, stderr, stdout } = await tcpInfo('alerts', 'test', file, join(broken, 'one.tar'));
    expect(code).toBe(3);
    expect(stderr).toContain(`one.tar:${name}`);
    expect(stdout).toMatch(/1 connection, 2026-11-21/);
  });

  it('says when there is no place to unpack', async () => {
    const { file } = await record();
    await withTmpdir(join(folder, 'missing'), async () => {
      const { code, stderr } = await tcpInfo('alerts', 'test', file, '-');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^tcp-info alerts test: TMPDIR=.*missing: no such file or directory \(ENOENT\)\n$/);
    });
    await expect(
      unpackArchives(['-'], join(folder, 'missing'), { stdin: pieces(Buffer.from('{}\n')) }),
    ).rejects.toThrow(/^unpack archives to .*missing: .*TMPDIR sets the place/);
  });

  it('says what is wrong', async () => {
    const wrong = join(folder, 'wrong.json');
    writeFileSync(wrong, '{"alerts":[\n{"name":"a","when":"rto > 5ms"}]}');
    for (const args of [
      ['check', wrong],
      ['test', wrong, folder],
    ]) {
      expect(await tcpInfo('alerts', ...args)).toEqual({
        code: 2,
        stdout: '',
        stderr: `${wrong}:2:21: 'rto' is no field; rtt, rttvar?\n`,
      });
    }
    const missing = await tcpInfo('alerts', 'check', join(folder, 'none.json'));
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('no such file')]);
    expect((await tcpInfo('alerts', 'try')).code).toBe(2);
    expect((await tcpInfo('alerts')).stderr).toContain('missing action: check or test');
  });

  it('says that a file is right', async () => {
    expect(await tcpInfo('alerts', 'check', join(folder, 'alerts.json'))).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `${join(folder, 'alerts.json')}: 3 rules\n`,
    });
  });
});
