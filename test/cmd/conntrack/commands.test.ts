import { describe, expect, it } from 'vitest';
import { ACTIONS, wholeCommand } from '../../../cmd/tcp-info/conntrack/actions.js';
import { tcpInfo } from '../../support/tcp-info.js';

const USAGE = 2;

describe('tcp-info conntrack', () => {
  it.each([
    [[], /missing action: list, get, watch, count, stats, delete \(see --help\)/],
    [['lst'], /'lst' is no action .*; did you mean list\?/],
    [['list', '--format=xml'], /argument 'xml' is invalid\. Allowed choices are text, json, jsonl/],
    [['list', '--state=OPENED'], /expected states with commas: NONE, SYN_SENT, .*/],
    [['list', '--netns=all'], /expected one namespace/],
    [['list', '--filter=x'], /the condition is an argument of its own/],
    [['list', '--json'], /--format=json prints JSON/],
    [['list', '-is:assured'], /write -- before a condition that begins with a dash/],
    [['list', '--evry=1s'], /unknown option '--evry=1s'/],
    [['get'], /expected PROTO LOCAL REMOTE/],
    [['get', 'tcp', '10.0.0.1:1'], /expected PROTO LOCAL REMOTE/],
    [['get', 'tpc', '10.0.0.1:1', '10.0.0.2:2'], /'tpc' is no protocol/],
    [['get', 'tcp', '10.0.0.1', '10.0.0.2:2'], /'10\.0\.0\.1': expected ADDRESS:PORT/],
    [['get', 'tcp', '10.0.0.1:1', '[2001:db8::1]:2'], /one end is IPv4, the other one IPv6/],
    [['get', 'tcp', '2001:db8::1:1', '[2001:db8::1]:2'], /expected ADDRESS:PORT/],
    [['get', 'tcp', '10.0.0.1:65536', '10.0.0.2:2'], /expected ADDRESS:PORT/],
    [['get', 'icmp', '10.0.0.1', '10.0.0.2'], /icmp needs --icmp=ID,TYPE/],
    [['get', 'tcp', '10.0.0.1:1', '10.0.0.2:2', '--icmp=1,8'], /--icmp is not for tcp/],
    [['get', 'icmp', '10.0.0.1', '10.0.0.2', '--icmp=1,256'], /expected an identifier and a type/],
    [['get', 'icmp', '10.0.0.1:1', '10.0.0.2', '--icmp=1,8'], /expected an address without a port/],
    [['get', '--id=1', 'tcp', '10.0.0.1:1', '10.0.0.2:2'], /either --id or PROTO LOCAL REMOTE/],
    [['get', '--id=4294967296'], /expected a whole number from 0 to 4294967295/],
    [['delete', 'tcp', '10.0.0.1:1', '10.0.0.2:2'], /missing --id=N/],
    [['delete', '--id=1'], /expected PROTO LOCAL REMOTE/],
    [['watch', '--events=nw'], /expected kinds with commas: new, established, update, closed, destroy, or all/],
    [['watch', '--events=new', '--since-last=1s'], /--events is not for --since-last/],
    [['watch', '--since-last=1'], /expected a duration from 100ms to 1h/],
    [['watch', '--buffer=1'], /expected a size from 4KiB to 1GiB/],
    [['watch', '--duration=600h'], /expected a duration of at most 24 days/],
    [['stats', '--duration=1s'], /--duration needs --every/],
    [['count', 'tcp'], /too many arguments/],
  ] as const)('rejects %j', async (args, message) => {
    const { code, stdout, stderr } = await tcpInfo('conntrack', ...args);
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    expect(stderr).toMatch(/^tcp-info conntrack( \w+)?: [^\n]*\n$/);
    expect(stderr).toMatch(message);
  });

  it.each(['list', 'watch'])('%s shows where a condition is wrong', async (action) => {
    const { code, stderr } = await tcpInfo('conntrack', action, 'dport 443', 'helpr = ftp');
    expect(code).toBe(USAGE);
    expect(stderr.split('\n')).toEqual([
      `tcp-info conntrack ${action}: FILTER: at 10: 'helpr' is no field; helper?`,
      '  dport 443 helpr = ftp',
      `${' '.repeat(12)}^`,
      '',
    ]);
  });

  it.each([
    [['dport 443'], 'The kernel tests nothing of it. Tested here alone: dport 443.'],
    [[], 'All flows are wanted'],
    [['--nat'], 'The kernel tests: nat.kind != none (2 dumps).'],
    [['--', '-is:assured'], 'The kernel tests: not is:assured.'],
  ])('explains %j', async (args, text) => {
    for (const action of ['list', 'watch']) {
      const { code, stdout } = await tcpInfo('conntrack', action, '--explain', ...args);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${text}\n` });
    }
  });

  it('joins a condition, --nat and --state, whatever the operators of the condition', async () => {
    const { stdout } = await tcpInfo(
      'conntrack',
      'list',
      '--explain',
      'mark = 1 or mark = 2',
      '--state=closed',
      '--nat',
    );
    expect(stdout).toMatch(
      /^The kernel tests: nat\.kind != none \(2 dumps\)\. Tested here alone: mark = 1 or mark = 2, /,
    );
  });

  it('has help for itself and for each action, which names every option and every exit code', async () => {
    const whole = await tcpInfo('conntrack', '--help');
    expect(whole.code).toBe(0);
    for (const { name, help } of ACTIONS) {
      const { code, stdout } = await tcpInfo('conntrack', name, '--help');
      expect(code).toBe(0);
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(help);
      expect(stdout).toContain('Exit codes: 0');
      for (const [option] of stdout.matchAll(/ --[a-z-]+/g)) expect(whole.stdout, `${name}${option}`).toContain(option);
    }
  });

  it('is described for completion with all its options once', () => {
    const { options } = wholeCommand();
    const names = options.map(({ long }) => long);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toContain('--since-last');
    expect(options.find(({ long }) => long === '--netns')?.description).toMatch(
      /^list, get, watch, count, stats, delete:/,
    );
  });
});
