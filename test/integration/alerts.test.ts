import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type {
  AlertSilencedJson,
  AlertsJson,
  AlertTransitionJson,
  RecordingsJson,
  RowJson,
  ViewJson,
  WatchesJson,
} from '../../live/wire/index.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LiveClient } from '../support/live-client.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { tcpInfo } from '../support/tcp-info.js';
import { until } from '../support/waiting.js';

/** Bytes and interval of a stream that makes the rule's condition hold. */
const CHUNK = 5000;
const EVERY_MS = 10;
const WEBHOOK_PORT = 9099;
const ALERTMANAGER_PORT = 9093;

/** Rule on connections to a port, which holds while they send. */
function busy(port: number, more: object = {}): object {
  return {
    ...{ name: 'busy', when: 'send > 100kB/s', for: '1s', clear: 'send < 1kB/s', clearFor: '1s' },
    ...{ filter: `dport ${port}`, ...more },
  };
}

function writeRules(lab: Lab, ...rules: readonly object[]): string {
  const file = join(lab.folder, 'alerts.json');
  writeFileSync(file, JSON.stringify({ alerts: rules }));
  return file;
}

/** Lines of the log about alerts. */
function alertLines(log: string): string[] {
  return log.split('\n').filter((line) => line.includes(' msg=alert '));
}

/** Request as the receiver wrote it. */
interface Received {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly version: string;
    readonly status: string;
    readonly alerts: readonly {
      readonly status: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly endsAt: string;
    }[];
  };
}

function received(file: string): Received[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Received);
}

function receiver(lab: Lab, file: string): Running {
  const program = join(import.meta.dirname, '../support/webhook-receiver.mjs');
  return Running.inside(lab.far, process.execPath, program, lab.far.ipv4, String(WEBHOOK_PORT), file);
}

/** Returns the first alert on a stream. */
async function nextAlert(live: LiveClient, headers: Readonly<Record<string, string>>): Promise<AlertTransitionJson> {
  for await (const { event, ...alert } of live.stream('/stream', {}, headers)) {
    if (event === 'alert') return alert as unknown as AlertTransitionJson;
  }
  throw new Error('the stream ended');
}

describe.skipIf(!haveLab('alerts'))('alerts of a collector', () => {
  it('record and watch what they fire for, until they resolve', async ({ lab }) => {
    const port = await lab.farPeer.listen('0.0.0.0');
    const file = writeRules(lab, busy(port, { record: { before: '30s', after: '0s' }, watch: '2ms' }));
    const path = join(lab.folder, 'live.sock');
    const recordings = join(lab.folder, 'recordings');
    const flags = [`-alerts=${file}`, `-live=unix:${path}`, '-recorder=60s', `-recorder.output=${recordings}`];
    const daemon = await lab.startDaemon({ args: flags });
    const live = new LiveClient(path);
    const { near } = await lab.connectOut(port);
    await lab.nearPeer.stream([near], CHUNK, EVERY_MS);
    await daemon.logged(/name=busy state=firing/);
    const watches = async () => (await live.get<WatchesJson>('/watches')).body.watches;
    await until('the watch', async () => (await watches()).length === 1);
    expect(await watches()).toMatchObject([{ intervalMs: 2, connections: [expect.stringMatching(/^lab\.example_/)] }]);
    const saved = await until('the recording', async () => {
      const { body } = await live.get<RecordingsJson>('/recordings');
      return body.recordings.find(({ state }) => state === 'saved');
    });
    const about = JSON.parse(readFileSync(join(recordings, saved.recording, 'recording.json'), 'utf8')) as object;
    expect(about).toMatchObject({ trigger: 'alert', rule: 'busy', expression: 'send > 100kB/s' });
    await lab.nearPeer.halt([near]);
    await daemon.logged(/name=busy state=resolved/);
    await until('the end of the watch', async () => (await watches()).length === 0);
    await near.destroy();
  });

  it('fire, hold and resolve on traffic: log, events, API, archives', async ({ lab }) => {
    const port = await lab.farPeer.listen('0.0.0.0');
    const file = writeRules(lab, busy(port), {
      name: 'count',
      by: 'all',
      when: `count(where dport ${port}) > 0`,
      clearFor: '0s',
    });
    const path = join(lab.folder, 'live.sock');
    const daemon = await lab.startDaemon({ args: [`-alerts=${file}`, '-alerts.events', `-live=unix:${path}`] });
    const live = new LiveClient(path);
    const events = await lab.readEvents();
    const { near } = await lab.connectOut(port);
    await lab.nearPeer.stream([near], CHUNK, EVERY_MS);
    await daemon.logged(/name=busy state=firing/);
    const list = async () => (await live.get<AlertsJson>('/alerts')).body;
    await until('the row to have the alert', async () => {
      const { body } = await live.get<ViewJson>('/connections', { filter: 'is:firing', fields: 'all' });
      const [row] = body.connections as readonly RowJson[];
      return row?.alerts?.includes('busy') === true && row.connection?.localPort === near.localPort;
    });
    expect((await list()).instances.map(({ name, state }) => `${name} ${state}`).toSorted()).toEqual([
      'busy firing',
      'count firing',
    ]);
    await lab.nearPeer.halt([near]);
    await daemon.logged(/name=busy state=resolved/);
    expect(await daemon.metric('tcpinfo_alerts{rule="busy",state="firing"}')).toBe(0);
    expect(await daemon.metric('tcpinfo_alert_notifications_total{channel="log",result="sent"}')).toBe(3);
    await near.destroy();
    await daemon.logged(/name=count state=resolved/);

    const lines = alertLines(daemon.log).filter((line) => line.includes('name=busy'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /level=warn msg=alert name=busy state=firing severity=warning uuid=lab\.example_\S+ .* value=\d+ unit=B\/s for_s=1$/,
    );
    const { history } = await list();
    const own = history.filter(({ name }) => name === 'busy');
    expect(own.map(({ state, reason, told }) => [state, reason, told])).toEqual([
      ['resolved', 'cleared', true],
      ['firing', null, true],
    ]);
    await until('the events', () => events.lines.filter((line) => line.startsWith('{"Event":2')).length === 4);
    const alerts = events.lines.filter((line) => line.startsWith('{"Event":2')).map((line) => JSON.parse(line));
    const [first] = alerts.filter(({ Alert }) => Alert.Name === 'busy');
    expect(first).toMatchObject({ Event: 2, UUID: own[0]?.uuid, ID: null });
    expect(first.Alert).toMatchObject({
      Name: 'busy',
      State: 'firing',
      Severity: 'warning',
      Reason: '',
      Value: own[1]?.value,
    });

    // The dry run over the archives finds the same alert of the same connection.
    expect(await daemon.stop()).toMatchObject({ code: 0 });
    const { code, stdout } = await tcpInfo('alerts', 'test', '--format=json', file, daemon.output);
    expect(code).toBe(0);
    const tried = JSON.parse(stdout).alerts.filter(({ name }: { name: string }) => name === 'busy');
    expect(tried).toHaveLength(1);
    expect(tried[0]).toMatchObject({ uuid: own[0]?.uuid, unit: 'B/s', reason: 'cleared' });
    const firedMs = Date.parse(own[1]?.time ?? '');
    expect(Math.abs(Date.parse(tried[0].time) - firedMs)).toBeLessThanOrEqual(2000);
    const text = await tcpInfo('alerts', 'test', file, daemon.output);
    expect(text.stdout).toMatch(/ {2}busy {2}warning {2}uuid=\S+ .*until .*cleared\)\n/);
    expect((await tcpInfo('alerts', 'test', file, daemon.output)).stdout).toBe(text.stdout);
  });

  it('are told on a webhook that was down, without -live, and end with the collector', async ({ lab }) => {
    const port = await lab.farPeer.listen('0.0.0.0');
    const rules = writeRules(lab, busy(port, { description: 'too busy', severity: 'critical' }));
    const token = join(lab.folder, 'token');
    writeFileSync(token, 'a-secret-of-the-webhook\n', { mode: 0o600 });
    const url = `http://${lab.far.ipv4}:${WEBHOOK_PORT}/hook`;
    const daemon = await lab.startDaemon({
      args: [`-alerts=${rules}`, `-alerts.webhook=${url}`, `-alerts.webhook-token-file=${token}`],
    });
    const { near } = await lab.connectOut(port);
    await lab.nearPeer.stream([near], CHUNK, EVERY_MS);
    await daemon.logged(/name=busy state=firing/);
    await daemon.logged(/msg="webhook of alerts does not take them" origin=http:\/\/\S+:9099 reason=.*ECONNREFUSED/);
    const file = join(lab.folder, 'received');
    await using _receiver = receiver(lab, file);
    await until('the alert', () => received(file).length === 1);
    await daemon.logged(/msg="webhook of alerts takes them again"/);
    const [first] = received(file);
    expect(first).toMatchObject({ url: '/hook', headers: { authorization: 'Bearer a-secret-of-the-webhook' } });
    expect(first?.body).toMatchObject({ version: '4', status: 'firing', groupLabels: { alertname: 'busy' } });
    expect(first?.body.alerts[0]).toMatchObject({
      ...{ status: 'firing', endsAt: '0001-01-01T00:00:00Z' },
      labels: { alertname: 'busy', severity: 'critical', local: `${lab.near.ipv4}:${near.localPort}` },
      annotations: { description: 'too busy', expression: 'send > 100kB/s' },
    });
    await daemon.stop();
    await until('the end', () => received(file).length === 2);
    expect(received(file)[1]?.body).toMatchObject({
      status: 'resolved',
      alerts: [{ annotations: { reason: 'shutdown' } }],
    });
    expect(daemon.log).toMatch(/name=busy state=ended .* reason=shutdown/);
    expect(daemon.log).not.toContain('a-secret');
  });

  it('keep their rules when a file cannot be used, and take another one', async ({ lab }) => {
    const port = await lab.farPeer.listen('0.0.0.0');
    const file = writeRules(lab, busy(port));
    const path = join(lab.folder, 'live.sock');
    const daemon = await lab.startDaemon({ args: [`-alerts=${file}`, `-live=unix:${path}`] });
    const live = new LiveClient(path);
    const names = async () => (await live.get<AlertsJson>('/alerts')).body.rules.map(({ name }) => name);
    const { near } = await lab.connectOut(port);
    await lab.nearPeer.stream([near], CHUNK, EVERY_MS);
    await daemon.logged(/name=busy state=firing/);
    writeFileSync(file, '{"alerts":[\n{"name":"busy","when":"sent > 5"}]}');
    daemon.kill('SIGHUP');
    await daemon.logged(
      /level=error msg="reload of alerts refused, nothing has changed" error=".*alerts\.json:2:\d+: /,
    );
    expect(await names()).toEqual(['busy']);
    writeRules(lab, busy(port, { to: ['webhook'] }));
    daemon.kill('SIGHUP');
    await daemon.logged(/is told on webhook: give -alerts\.webhook/);
    writeRules(lab, { name: 'other', when: 'rtt > 10s' }, busy(port));
    daemon.kill('SIGHUP');
    await daemon.logged(/msg="rules of alerts reloaded" rules=2 added=1 removed=0/);
    expect(await names()).toEqual(['other', 'busy']);
    expect(alertLines(daemon.log)).toHaveLength(1);
    writeRules(lab);
    daemon.kill('SIGHUP');
    await daemon.logged(/name=busy state=ended .*reason=removed/);
  });

  it('can be silenced, and come on streams, again after a break', async ({ lab }) => {
    const port = await lab.farPeer.listen('0.0.0.0');
    const file = writeRules(lab, busy(port));
    const path = join(lab.folder, 'live.sock');
    const daemon = await lab.startDaemon({ args: [`-alerts=${file}`, `-live=unix:${path}`] });
    const live = new LiveClient(path);
    const silenced = await live.post<AlertSilencedJson>('/alerts/busy/silence', { forSec: 600 });
    expect(silenced).toMatchObject({ status: 200, body: { name: 'busy', silencedUntil: expect.stringMatching(/Z$/) } });
    expect((await live.post('/alerts/none/silence', { forSec: 1 })).status).toBe(404);
    expect((await live.post('/alerts/busy/silence', { forSec: -1 })).status).toBe(400);
    const { near } = await lab.connectOut(port);
    await lab.nearPeer.stream([near], CHUNK, EVERY_MS);
    const alert = await nextAlert(live, {});
    expect(alert).toMatchObject({ seq: 1, name: 'busy', state: 'firing', told: false });
    const again = await nextAlert(live, { 'Last-Event-ID': String(alert.generation - 1) });
    expect(again).toEqual(alert);
    expect(alertLines(daemon.log)).toEqual([]);
    await live.post('/alerts/busy/silence', { forSec: 0 });
    await daemon.logged(/name=busy state=firing/);
  });
});

const HAVE_ALERTMANAGER = haveLab('an Alertmanager') && havePrograms('an Alertmanager', 'prometheus-alertmanager');

/** Alert as an Alertmanager lists it. */
interface ListedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
  readonly status: { readonly state: string };
}

describe.skipIf(!HAVE_ALERTMANAGER)('an Alertmanager of Debian', () => {
  it('takes alerts, and their ends', async ({ lab }) => {
    const config = join(lab.folder, 'alertmanager.yml');
    writeFileSync(config, 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
    const address = `${lab.far.ipv4}:${ALERTMANAGER_PORT}`;
    await using _alertmanager = Running.inside(
      lab.far,
      'prometheus-alertmanager',
      `--config.file=${config}`,
      `--storage.path=${join(lab.folder, 'alertmanager')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    );
    const listed = async (): Promise<ListedAlert[]> => {
      const answer = await lab.farPeer.get(`http://${address}/api/v2/alerts`).catch(() => undefined);
      return answer?.status === 200 ? (JSON.parse(answer.body) as ListedAlert[]) : [];
    };
    const port = await lab.farPeer.listen('0.0.0.0');
    const rules = writeRules(lab, busy(port, { description: 'a client sends' }));
    const daemon = await lab.startDaemon({
      args: [`-alerts=${rules}`, `-alerts.webhook=http://${address}/api/v2/alerts`],
    });
    const { near } = await lab.connectOut(port);
    await lab.nearPeer.stream([near], CHUNK, EVERY_MS);
    await until('the alert', async () => (await listed()).length === 1);
    const [alert] = await listed();
    expect(alert).toMatchObject({
      labels: { alertname: 'busy', severity: 'warning', local: `${lab.near.ipv4}:${near.localPort}` },
      annotations: { description: 'a client sends', summary: expect.stringContaining('busy: send = ') },
      status: { state: 'active' },
    });
    const { fingerprint } = await import('../../live/alerts/channels/index.js');
    expect(fingerprint(alert?.labels ?? {})).toBe(alert?.fingerprint);
    // It fires for minutes unless it comes again, as it does each minute.
    expect(Date.parse(alert?.endsAt ?? '') - Date.now()).toBeGreaterThan(120_000);
    await lab.nearPeer.halt([near]);
    await until('its end', async () => (await listed()).length === 0);
    expect(await daemon.metric('tcpinfo_alert_notifications_total{channel="webhook",result="sent"}')).toBe(2);
  });
});
