import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { type WrittenConnection, writeConnection } from '../support/connections.js';
import { DAEMON } from '../support/daemon.js';
import { it } from '../support/run.js';

const run = promisify(execFile);
/** Number of files that are read on several threads. */
const MANY = 300;

async function tcpInfo(...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [DAEMON, ...args], { maxBuffer: 1 << 26 })).stdout;
}

function connection(number: number): WrittenConnection {
  return {
    uuid: `host_1_${number.toString(16).toUpperCase().padStart(16, '0')}`,
    start: `2026-11-2${number % 3}T10:${String(Math.floor(number / 60)).padStart(2, '0')}:${String(number % 60).padStart(2, '0')}Z`,
    local: ['10.0.0.1', 50_000 + number],
    remote: [`10.1.0.${1 + (number % 200)}`, 443],
    bytesPerStep: number === 123 ? 3000 : 100_000 + number,
    records: 20 + (number % 10),
  };
}

describe('finding and drawing the slowest connection of a folder', () => {
  it('takes two commands', async ({ folder }) => {
    for (let number = 0; number < MANY; number++) await writeConnection(folder, connection(number));
    const text = await tcpInfo('summary', folder);
    const [, command = ''] = /^The slowest one over time: tcp-info (.*)$/m.exec(text) ?? [];
    expect(command).toBe(`show 000000000000007B ${folder}`);
    expect(await tcpInfo(...command.split(' '))).toContain(connection(123).uuid);
    const picture = await tcpInfo(...command.split(' '), '--svg=-');
    expect(picture).toMatch(/^<svg .*10\.0\.0\.1:50123 → 10\.1\.0\.124:443.*<\/svg>\n$/s);
    // Threads skip connections that began before one already found.
    expect(await tcpInfo('show', '--last', folder)).toContain(connection(299).uuid);
    expect(await tcpInfo('show', '--last', '--until=2026-11-22', folder)).toContain(connection(298).uuid);
    expect(await tcpInfo('show', '--last', '--peer=10.1.0.7', folder)).toContain(connection(206).uuid);
    for (const what of ['10.0.0.1:50123-10.1.0.124:443', ':50123']) {
      expect(await tcpInfo('show', what, folder)).toContain(connection(123).uuid);
    }
  });

  it('gives the same counts on several threads as on one', async ({ folder }) => {
    for (let number = 0; number < MANY; number++) await writeConnection(folder, connection(number));
    // Of equal connections the first read is listed, and a tar has its own order.
    const json = async (...args: readonly string[]): Promise<object> => {
      const summary = JSON.parse(await tcpInfo('summary', '--format=json', ...args)) as Record<string, unknown>;
      // The suggested command contains the path.
      return { ...summary, longest: undefined, peers: undefined, nextStep: undefined };
    };
    const all = await json(folder);
    // A file that may contain several connections is read on one thread.
    await writeConnection(folder, { ...connection(1), uuid: 'other' });
    const { stdout } = await run('tar', ['-cf', `${folder}/all.tar`, '-C', folder, '2026']);
    expect(stdout).toBe('');
    expect(await json(`${folder}/all.tar`, '--where', "uuid <> 'other'")).toEqual(all);
    expect(all).toMatchObject({ connections: MANY, howEnded: { closed: MANY } });
    const day = await json(`${folder}/2026`, '--since=2026-11-21', '--until=2026-11-22');
    expect(day).toMatchObject({ connections: MANY / 3 + 1 });
  });
});
