import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { growthOf } from '../../../cmd/tcp-info/conntrack/counts.js';
import { RecordQueue } from '../../../cmd/tcp-info/conntrack/record-queue.js';
import { RecordWriter } from '../../../cmd/tcp-info/conntrack/record-writer.js';
import { reportLoss } from '../../../cmd/tcp-info/conntrack/report-loss.js';
import { runAction, UsageError } from '../../../cmd/tcp-info/conntrack/run-action.js';
import { silenceText } from '../../../cmd/tcp-info/conntrack/silence.js';
import { footText } from '../../../cmd/tcp-info/conntrack/table-foot.js';
import type { CommandContext } from '../../../cmd/tool/command-context.js';
import { FilterError } from '../../../cmd/tool/filter-option.js';
import { interruption, pause } from '../../../cmd/tool/interruption.js';
import { OutputError } from '../../../cmd/tool/output.js';
import { ConntrackError } from '../../../conntrack/kernel/index.js';
import { NamespaceError } from '../../../host/index.js';
import { AddonError } from '../../../native/index.js';

function context(): CommandContext & { readonly stderr: PassThrough } {
  return {
    args: [],
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signals: { onShutdown: () => undefined },
  };
}

describe('the exit code of an action', () => {
  const systemError = (code: string): Error => Object.assign(new Error(code), { code });

  it.each([
    [new ConntrackError('list flows: needs CAP_NET_ADMIN', { code: 'ERR_PERMISSION', errno: 1 }), 1, 'CAP_NET_ADMIN'],
    [new ConntrackError('the table changed', { code: 'ERR_INTERRUPTED' }), 3, 'the table changed'],
    [new NamespaceError('x', 'ERR_NO_NAMESPACE', 'not found'), 1, 'not found'],
    [new AddonError('it is not built'), 1, 'it is not built'],
    [new UsageError('give one'), 2, 'give one (see --help)'],
    [new FilterError('FILTER: at 1\n  x\n  ^'), 2, '\n  x\n  ^\n'],
    [new OutputError(systemError('ENOSPC')), 1, 'ENOSPC'],
    [new OutputError(systemError('EPIPE')), 0, ''],
  ])('for %o is %d', async (error, code, text) => {
    const given = context();
    expect(await runAction('tcp-info conntrack list', given, () => Promise.reject(error))).toBe(code);
    const said = String(given.stderr.read() ?? '');
    if (text === '') expect(said).toBe('');
    else expect(said).toContain(text);
  });

  it('does not exist for a defect, which is thrown', async () => {
    const defect = new TypeError('x is undefined');
    await expect(runAction('tcp-info conntrack list', context(), () => Promise.reject(defect))).rejects.toBe(defect);
  });

  it('is 3 after a loss, with the number', () => {
    const said: string[] = [];
    expect(reportLoss(0, (text) => said.push(text))).toBe(0);
    expect(reportLoss(3784, (text) => said.push(text))).toBe(3);
    expect(said).toEqual(['3,784 events lost: give a larger --buffer, or fewer --events']);
  });
});

describe('the line below a table of flows', () => {
  const facts = { shown: 2, forwarded: 0, lack: 0, entries: 8, maxEntries: 262_144 };

  it.each([
    [facts, /^2 flows of 8, of at most 262,144; forwarded: 0\.$/],
    [{ shown: 1, forwarded: 1, lack: 0 }, /^1 flow; forwarded: 1\.$/],
    [{ ...facts, lack: 1, isCounting: true }, /Counters only of flows made after nf_conntrack_acct=1$/],
    [{ ...facts, lack: 2, isCounting: false }, /No packets and bytes: sysctl net.netfilter.nf_conntrack_acct=1/],
    [{ ...facts, lack: 2 }, /No packets and bytes/],
    [{ ...facts, shown: 0, entries: 0 }, /tracks connections only if a rule of the firewall needs it$/],
  ])('for %j', (given, text) => {
    expect(footText(given)).toMatch(text);
  });
});

describe('the growth of counters', () => {
  it('survives their wrap at 32 bits, and lacks those that the kernel lacks', () => {
    const growth = growthOf({ found: 0xffff_fff0, drop: 1 }, { found: 16, drop: 1, invalid: 5 });
    expect(growth).toEqual({ found: 32, drop: 0 });
  });
});

describe('a record writer', () => {
  const written = async (format: 'json' | 'jsonl', ...parts: readonly string[][]): Promise<string> => {
    const stdout = new PassThrough();
    const writer = new RecordWriter(stdout, format);
    for (const part of parts) await writer.write(part);
    await writer.finish();
    return String(stdout.read() ?? '');
  };

  it('makes lines, or one array', async () => {
    expect(await written('jsonl', ['1', '2'], [], ['3'])).toBe('1\n2\n3\n');
    expect(await written('jsonl')).toBe('');
    expect(JSON.parse(await written('json', ['1', '2'], [], ['3']))).toEqual([1, 2, 3]);
    expect(JSON.parse(await written('json'))).toEqual([]);
  });
});

describe('a queue of records', () => {
  it('writes in order, many at once, and lets the source wait when the stream does', async () => {
    const writes: (readonly string[])[] = [];
    let go: () => void = () => undefined;
    const write = (records: readonly string[]): Promise<void> => {
      writes.push(records);
      return new Promise((resolve) => {
        go = resolve;
      });
    };
    const queue = new RecordQueue(write, () => undefined);
    queue.push('a');
    queue.push('b');
    await vi.waitFor(() => expect(writes).toEqual([['a', 'b']]));
    let full: Promise<void> | undefined;
    let count = 0;
    while (full === undefined) full = queue.push(String(count++));
    expect(count).toBe(4096);
    go();
    await vi.waitFor(() => expect(writes).toHaveLength(2));
    go();
    await full;
    await queue.finish();
    expect(writes[1]).toEqual(Array.from({ length: count }, (_, i) => String(i)));
  });

  it('ends the source when a write fails, and reports the error at its end', async () => {
    const error = new Error('gone');
    const onFailure = vi.fn();
    const queue = new RecordQueue(() => Promise.reject(error), onFailure);
    queue.push('a');
    await vi.waitFor(() => expect(onFailure).toHaveBeenCalledOnce());
    expect(queue.push('b')).toBeUndefined();
    await expect(queue.finish()).rejects.toBe(error);
  });
});

describe('an interruption', () => {
  it('comes with a signal, also one from before', async () => {
    let end: (signal: string) => void = () => undefined;
    const onShutdown = (given: typeof end): void => {
      end = given;
    };
    const later = interruption({ ...context(), signals: { onShutdown } });
    const waiting = pause(60_000, later.signal);
    end('SIGINT');
    expect(await waiting).toBe(false);
    const before = interruption({ ...context(), signals: { onShutdown: (given) => given('SIGTERM') } });
    expect(await pause(0, before.signal)).toBe(false);
  });

  it('comes with a time', async () => {
    const timed = interruption(context(), 1);
    await vi.waitFor(() => expect(timed.signal.aborted).toBe(true));
    const freed = interruption(context());
    freed.clear();
    expect(await pause(1, freed.signal)).toBe(true);
  });
});

describe('the reason for which no events may come', () => {
  it.each([
    [{ entries: 0, events: 2 }, /^no flow is tracked yet: .* rule of the firewall/],
    [{ entries: 0 }, /^no flow is tracked yet/],
    [{ entries: 5, events: 0 }, /nf_conntrack_events is 0$/],
    [{ entries: 0, events: 0 }, /nf_conntrack_events is 0$/],
  ])('of %o is named', (facts, reason) => {
    expect(silenceText(facts)).toMatch(reason);
  });

  it.each([{}, { entries: 1, events: 2 }, { entries: 1, events: 1 }, { events: 2 }])('is not there for %o', (facts) => {
    expect(silenceText(facts)).toBeUndefined();
  });
});
