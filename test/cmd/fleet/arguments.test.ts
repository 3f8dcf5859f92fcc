import { describe, expect, it } from 'vitest';
import { tcpInfo } from '../../support/tcp-info.js';

const USAGE = 2;
const TO = ['--to', 'nats://127.0.0.1'];
const FROM = ['--from', 'nats://127.0.0.1'];

describe('programs of a fleet', () => {
  it.each([
    ['ship', [], /required option '--to <URL>' not specified/],
    ['ship', TO, /missing --spool DIR, the folder of -stream\.output \(see --help\)/],
    ['ship', ['--to=127.0.0.1'], /expected nats:\/\/HOST\[:PORT\],\.\.\. or tls:/],
    ['ship', ['--to=nats://me:secret@host'], /a secret in an address is seen by all: give --creds or --nkey/],
    ['ship', [...TO, '--partitions=0'], /expected a number from 1 to 100/],
    ['ship', [...TO, '--rate=1KiB'], /expected a size from 64KiB/],
    ['ship', [...TO, '--spread=1h'], /expected a duration from 0s to 5m/],
    ['ship', [...TO, 'spool'], /the folder of segments is --spool DIR/],
    ['ingest', [], /required option '--from <URL>' not specified/],
    ['ingest', FROM, /missing --to DIR, the folder of files \(see --help\)/],
    ['ingest', [...FROM, '--instance=2/2'], /expected I\/N, such as 0\/2 and 1\/2/],
    ['ingest', [...FROM, '--file-age=10'], /expected a duration from 1s to 24h/],
    ['ingest', [...FROM, '--file-size=2GiB'], /expected a size from 1MiB to 1GiB/],
    ['ingest', [...FROM, '--replicas=6'], /expected a number from 1 to 5/],
    ['ingest', [...FROM, '--prom=x'], /expected \[HOST:\]PORT/],
  ] as const)('%s rejects %j in one line', async (program, args, message) => {
    const { code, stdout, stderr } = await tcpInfo(program, ...args);
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^tcp-info ${program}: [^\\n]*\\n$`));
    expect(stderr).toMatch(message);
  });

  it.each(['ship', 'ingest'])('%s explains itself', async (program) => {
    const { code, stdout } = await tcpInfo(program, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Exit codes: 0 stopped');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});
