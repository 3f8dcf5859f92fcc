import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Progress, type Terminal } from '../../../cmd/tool/progress.js';
import { tempFolder } from '../../support/temp.js';

function terminal(isTTY: boolean): Terminal & { text: () => string } {
  const written: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      written.push(text);
      done();
    },
  });
  return Object.assign(stream, { isTTY, columns: 100, text: () => written.splice(0).join('') });
}

async function started(over: { tty?: boolean; stdoutTty?: boolean; paths?: readonly string[]; term?: string } = {}) {
  const path = join(tempFolder(), 'a.jsonl');
  writeFileSync(path, Buffer.alloc(10_000_000));
  const stderr = terminal(over.tty ?? true);
  let time = 0;
  const progress = await Progress.start({
    program: 'csvtool',
    stderr,
    stdout: terminal(over.stdoutTty ?? false),
    paths: over.paths ?? [path],
    env: { TERM: over.term ?? 'xterm' },
    now: () => time,
  });
  return { progress, stderr, pass: (ms: number) => (time += ms) };
}

describe('Progress', () => {
  it('shows position, speed and remaining time after half a second', async () => {
    const { progress, stderr, pass } = await started();
    pass(100);
    progress.bytes(1_000_000);
    expect(stderr.text()).toBe('');
    pass(900);
    progress.bytes(1_500_000);
    expect(stderr.text()).toBe(
      '\r\u001b[Kcsvtool  25 %  [######                  ]  2.5 MB of 10.0 MB  2.5 MB/s  3 s left',
    );
    pass(10);
    progress.bytes(1);
    expect(stderr.text()).toBe('');
  });

  it('escapes messages for the terminal', async () => {
    const { progress, stderr } = await started();
    progress.print('read archive x.tgz:\u001b[2J\u009b1m.jsonl\r: cut\nLINE 1');
    expect(stderr.text()).toBe('csvtool: read archive x.tgz:\\u{1b}[2J\\u{9b}1m.jsonl\\u{d}: cut\nLINE 1\n');
  });

  it('is cleared before a message, and at the end', async () => {
    const { progress, stderr, pass } = await started();
    pass(1000);
    progress.bytes(1);
    stderr.text();
    progress.print('something');
    expect(stderr.text()).toBe('\r\u001b[Kcsvtool: something\n');
    progress.clear();
    expect(stderr.text()).toBe('');
    pass(1000);
    progress.bytes(1);
    stderr.text();
    progress.clear();
    expect(stderr.text()).toBe('\r\u001b[K');
  });

  it('counts files when there are too many to read their sizes', async () => {
    const { progress, stderr, pass } = await started({ paths: Array.from({ length: 4000 }, (_, i) => `${i}`) });
    pass(2000);
    progress.bytes(5_000_000);
    progress.done(1000);
    pass(100);
    progress.done(0);
    expect(stderr.text()).toContain('csvtool  25 %  [######                  ]  5.0 MB, 1000 of 4000 files');
  });

  it.each([
    ['in a pipe', { tty: false }],
    ['when data is on the terminal', { stdoutTty: true }],
    ['for standard input', { paths: ['-'] }],
    ['on a dumb terminal', { term: 'dumb' }],
  ])('shows nothing %s', async (_, over) => {
    const { progress, stderr, pass } = await started(over);
    pass(10_000);
    progress.bytes(1_000_000);
    progress.clear();
    expect(stderr.text()).toBe('');
    progress.print('something');
    expect(stderr.text()).toBe('csvtool: something\n');
  });
});
