import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { findSubcommand } from '../../../cmd/tcp-info/subcommands.js';
import { writeAnswer } from '../../../cmd/tool/output.js';

/** Returns a stream that fails every write with this code. */
function broken(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: no`), { code })),
  }).on('error', () => undefined);
}

async function outcome(
  run: (stderr: Writable) => Promise<number> | undefined,
): Promise<{ exit: number; said: string }> {
  const stderr = new PassThrough();
  const said = text(stderr);
  const exit = (await run(stderr)) ?? -1;
  stderr.end();
  return { exit, said: await said };
}

describe('writeAnswer', () => {
  it('writes the whole answer', async () => {
    const stdout = new PassThrough();
    const read = text(stdout);
    const long = 'x'.repeat(1_000_000);
    expect(await outcome((stderr) => writeAnswer('p', long, { stdout, stderr }))).toEqual({ exit: 0, said: '' });
    stdout.end();
    expect(await read).toBe(long);
  });

  it('succeeds when the reader closes the pipe', async () => {
    const stdout = broken('EPIPE');
    expect(await outcome((stderr) => writeAnswer('p', 'x', { stdout, stderr }))).toEqual({ exit: 0, said: '' });
  });

  it.each([
    ['completion', ['bash']],
    ['doctor', ['--json']],
  ])('lets tcp-info %s fail with the reason on a write error', async (name, args) => {
    const signals = { onShutdown: () => undefined };
    const stdout = broken('ENOSPC');
    const { exit, said } = await outcome((stderr) => findSubcommand([name])?.run({ args, stdout, stderr, signals }));
    expect({ exit, said }).toEqual({ exit: 1, said: `tcp-info ${name}: write standard output: ENOSPC: no\n` });
  });
});
