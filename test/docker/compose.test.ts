import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readOutput } from '../support/archives.js';
import { skipped } from '../support/programs.js';
import { until } from '../support/waiting.js';
import { Cable } from './cable.js';
import { ROOT } from './container.js';
import { have } from './programs.js';

const PROJECT = `tcpinfotest${process.pid}`;

/** Returns docker-compose, as a program or as the client's plugin; undefined without either. */
function findCompose(): readonly string[] | undefined {
  if (have('docker-compose')) return ['docker-compose'];
  return spawnSync('docker', ['compose', 'version']).status === 0 ? ['docker', 'compose'] : undefined;
}

const found = inject('skipReason') === '' ? findCompose() : undefined;
if (inject('skipReason') === '' && found === undefined) {
  skipped('docker-compose.yml', 'no docker-compose (apt-get install docker-compose)');
}

describe.skipIf(found === undefined)('docker-compose up', () => {
  const [program = '', ...before] = found ?? [];
  const undo: (() => unknown)[] = [];
  let data: string;
  const prometheus = inject('prometheusImage') !== '';
  let cable: Cable;

  const compose = (...words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, [...before, '--project-name', PROJECT, ...words], {
      cwd: ROOT,
      env: { ...process.env, TCP_INFO_DATA: data },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`docker-compose ${words.join(' ')}: exit code ${status}: ${stderr}`);
    return stdout;
  };

  beforeAll(() => {
    data = mkdtempSync(join(tmpdir(), 'tcp-info-compose-'));
    undo.push(() => rmSync(data, { recursive: true, force: true }));
    cable = new Cable();
    undo.push(() => cable[Symbol.asyncDispose]());
    undo.push(() => compose('down', '--volumes', '--timeout', '20'));
    compose('up', '--detach', '--no-build', 'tcp-info', 'events', ...(prometheus ? ['prometheus'] : []));
  });

  afterAll(async () => {
    for (const each of undo.reverse()) await each();
  });

  it('has a file that compose accepts', () => {
    for (const service of ['tcp-info', 'events', 'prometheus', 'grafana']) {
      expect(compose('config', '--services').split('\n')).toContain(service);
    }
  });

  it('shows the events that the sidecar receives', async () => {
    await until('the sidecar', () => compose('logs', 'events').includes('connected to /run/tcp-info/events.sock'));
    const port = await cable.far.listen(cable.farAddress);
    const connection = await cable.host.connect({ host: cable.farAddress, port });
    const ends = `${cable.hostAddress}\t${connection.localPort}\t${cable.farAddress}\t${port}`;
    const opened = await until('the open', () =>
      compose('logs', 'events')
        .split('\n')
        .find((line) => line.includes(ends)),
    );
    const uuid = /open\t\S+\t(\S+)/.exec(opened)?.[1] ?? '';
    await connection.destroy();
    await until('the close', () => new RegExp(`close\\t\\S+\\t${uuid}`).test(compose('logs', 'events')));
  });

  it.skipIf(!prometheus)('lets Prometheus scrape the collector', async () => {
    const value = await until(
      'a scrape',
      async () => {
        const response = await fetch('http://127.0.0.1:9090/api/v1/query?query=up%7Bjob%3D%22tcp-info%22%7D').catch(
          () => undefined, // it has not started yet
        );
        if (response === undefined || !response.ok) return false;
        const answer = (await response.json()) as { data: { result: { value: [number, string] }[] } };
        return answer.data.result[0]?.value[1] === '1' && '1';
      },
      60_000,
    );
    expect(value).toBe('1');
  });

  it('reconnects the sidecar after a restart of the collector', async () => {
    compose('restart', '--timeout', '20', 'tcp-info');
    const connected = (): number => compose('logs', 'events').match(/connected to/g)?.length ?? 0;
    await until('the sidecar to be back', () => connected() >= 2, 60_000);
  });

  it('leaves archives in the folder', () => {
    compose('stop', '--timeout', '20', 'tcp-info');
    expect(readOutput(data)).not.toEqual([]);
  });
});
