import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isWritten, LineOutput } from '../../../cmd/tool/line-output.js';

const KIBIBYTE = 'x'.repeat(1024);

/** Stream that takes nothing until it is released. */
function stuckStream(): { readonly stream: Writable; readonly taken: string[]; readonly release: () => void } {
  const taken: string[] = [];
  let held: (() => void) | undefined;
  let isFree = false;
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      taken.push(chunk.toString());
      if (isFree) done();
      else held = done;
    },
  });
  const release = (): void => {
    isFree = true;
    held?.();
  };
  return { stream, taken, release };
}

describe('lines to an output that no program reads', () => {
  it('are left out above 1 MiB, and their number is reported before the next line', async () => {
    const { stream, taken, release } = stuckStream();
    const output: LineOutput = new LineOutput(stream, (lines) => output.write(`left out ${lines}\n`));
    for (let i = 0; i < 2048; i++) output.write(KIBIBYTE);
    expect(stream.writableLength).toBe(1025 * 1024);
    release();
    await vi.waitFor(() => expect(stream.writableLength).toBe(0));
    output.write('after\n');
    await vi.waitFor(() => expect(taken.slice(-2)).toEqual(['left out 1023\n', 'after\n']));
  });
});

describe('waiting for outputs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends at once when nothing waits, or the stream is destroyed', async () => {
    const gone = stuckStream().stream;
    gone.write('x');
    gone.destroy();
    expect(await isWritten(new PassThrough(), gone)).toBe(true);
  });

  it('ends with the last byte', async () => {
    const { stream, release } = stuckStream();
    stream.write('x');
    const written = isWritten(stream);
    await vi.advanceTimersByTimeAsync(1500);
    release();
    await vi.advanceTimersByTimeAsync(20);
    expect(await written).toBe(true);
  });

  it('is given up 2 s after the last progress', async () => {
    const { stream } = stuckStream();
    stream.write('x');
    const given = vi.fn();
    void isWritten(stream).then(given);
    await vi.advanceTimersByTimeAsync(1980);
    expect(given).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60);
    expect(given).toHaveBeenCalledWith(false);
  });
});
