import { describe, expect, it } from 'vitest';
import { type WrittenConnection, writeConnection } from '../../support/connections.js';
import { tcpInfo } from '../../support/tcp-info.js';
import { tempFolder } from '../../support/temp.js';

const WEB: WrittenConnection = {
  uuid: 'host_1_00000000000000A1',
  start: '2026-11-20T23:00:00Z',
  local: ['10.0.0.1', 50_001],
  remote: ['10.0.0.2', 443],
  bytesPerStep: 100_000,
  records: 30,
};
const OPEN = { ...WEB, uuid: 'host_1_00000000000000B2', isOver: false };
const SLOW = { ...WEB, uuid: 'host_1_00000000000000C3', remote: ['10.0.0.3', 8080], bytesPerStep: 4000 } as const;

async function connectionsOf(folder: string, ...options: readonly string[]): Promise<number> {
  const { code, stdout, stderr } = await tcpInfo('summary', '--format=json', ...options, folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { readonly connections: number }).connections;
}

describe('summary --filter', () => {
  it.each([
    ['443', [], 2],
    ['is:open', [], 1],
    ['-is:open port 443', [], 1],
    ['send < 1Mbit/s', [], 1],
    ['rtt = 20ms', [], 3],
    ['', [], 3],
    ['port 443', ['--peer=10.0.0.3'], 0],
    ['is:closed', ['--port=443'], 1],
  ])('with %j and %j keeps the connections for which all holds', async (filter, options, count) => {
    const folder = tempFolder();
    for (const connection of [WEB, OPEN, SLOW]) await writeConnection(folder, connection);
    expect(await connectionsOf(folder, `--filter=${filter}`, ...options)).toBe(count);
  });

  it('with a mistake ends with exit code 2 before paths are looked at', async () => {
    const stderr = [
      "tcp-info summary: --filter: at 10: 'rto' is no field; rtt?",
      '  dport 443 rto > 5ms',
      '            ^',
      '',
    ].join('\n');
    expect(await tcpInfo('summary', '--filter=dport 443 rto > 5ms', 'no/such/path')).toEqual({
      code: 2,
      stdout: '',
      stderr,
    });
    const shown = await tcpInfo('show', '--filter=dport 443 rto > 5ms', 'no/such/path');
    expect(shown).toEqual({ code: 2, stdout: '', stderr: stderr.replace('summary', 'show') });
  });

  it('without a value is an error', async () => {
    const { code, stderr } = await tcpInfo('summary', '--filter');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "tcp-info summary: option '--filter <EXPRESSION>' argument missing (see --help)\n",
    });
  });
});
