import { describe, expect, it } from 'vitest';
import { tcpInfo } from '../../support/tcp-info.js';

const USAGE = 2;
const MANY_PORTS = Array.from({ length: 65 }, (_, i) => 2 * i + 1).join(',');

describe('tcp-info http', () => {
  it.each([
    [['--port=0'], /'0' is not accepted: expected ports and ranges from 1 to 65535/],
    [['--port=80,80'], /'80' is given twice/],
    [['--port=80', '--port=70-90'], /'70-90' shares ports with '80'/],
    [[`--port=${MANY_PORTS}`], /'129' is one too many: at most 64 port groups/],
    [['--interface='], /expected names with commas/],
    [['--promiscuous'], /--promiscuous needs --interface=NAME, without patterns/],
    [['--promiscuous', '--interface=eth0,veth*'], /--promiscuous needs --interface=NAME, without patterns/],
    [['--promiscuous', '--interface=eth0', 'a.pcap'], /--promiscuous is for the network, not for files/],
    [['--method=G ET'], /expected methods with commas/],
    [['--header=a:b'], /expected names of headers/],
    [['--netns=all'], /expected one namespace/],
    [['--duration=5'], /expected a duration of at most 24 days/],
    [['--refresh=10ms'], /expected a duration from 100ms to 1h/],
    [['--alert-span=25h'], /expected a duration from 100ms to 24h/],
    [['--alert-threshold=0'], /expected a whole number from 1/],
    [['--top=0'], /expected a whole number from 1 to 1000/],
    [['--sections=101'], /expected a whole number from 0 to 100/],
    [['--format=csv'], /Allowed choices are screen, text, json, jsonl, combined, tsv/],
    [['--format=screen'], /--format=screen needs a terminal/],
    [['--fields=host'], /--fields is for --format=tsv/],
    [['--format=tsv', '--fields=hosts'], /'hosts' is no field and no header that is kept; did you mean host/],
    [['--format=tsv', '--fields=x-trace'], /--header=x-trace keeps a header/],
    [['--ring=1KiB'], /expected a size from 1MiB to 1GiB/],
    [['--capture=all'], /Allowed choices are heads, whole/],
    [['-timeout=200'], /--duration=200s ends it after a time/],
    [['--json'], /--format=jsonl a line an exchange/],
    [['-r', 'x.pcap'], /a capture is an argument of its own/],
    [['-f', 'host'], /--fields=NAMES chooses/],
    [['--hosts=3'], /unknown option/],
  ] as const)('rejects %j in one line', async (args, message) => {
    const { code, stdout, stderr } = await tcpInfo('http', ...args);
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    expect(stderr).toMatch(/^tcp-info http: [^\n]*\n$/);
    expect(stderr).toMatch(message);
  });

  it('marks the mistake in a condition', async () => {
    const { code, stdout, stderr } = await tcpInfo('http', '--filter=status >= 500 and hots = x');
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    const [first, second, third] = stderr.split('\n');
    expect(first).toBe("tcp-info http: --filter: at 18: 'hots' is no field");
    expect(second).toBe('  status >= 500 and hots = x');
    expect(third).toBe('                    ^');
  });

  it('has a help of lines of at most 100 characters', async () => {
    const { code, stdout } = await tcpInfo('http', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: tcp-info http [OPTIONS] [FILE...]');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });
});
