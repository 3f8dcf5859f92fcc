import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LineWriter } from '../../../cmd/tcp-info/http/line-writer.js';
import { OutputError } from '../../../cmd/tool/output.js';

/** A stream whose reader takes nothing until it is told to. */
class StuckStream extends Writable {
  text = '';
  #waiting: (() => void) | undefined;
  #isStuck = true;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const take = (): void => {
      this.text += chunk.toString();
      done();
    };
    if (this.#isStuck) this.#waiting = take;
    else take();
  }

  release(): void {
    this.#isStuck = false;
    this.#waiting?.();
  }
}

/** Limit of what waits, and some more. */
const MAX_BYTES = 2 ** 24;
const LINE = 'x'.repeat(1023);

describe('LineWriter', () => {
  it('leaves lines out while no program reads, counts them, and goes on afterwards', async () => {
    const stream = new StuckStream();
    const said: number[] = [];
    const writer = new LineWriter(stream, {
      onFailure: (error) => {
        throw error;
      },
      onLeftOut: (lines) => said.push(lines),
    });
    const written = (2 * MAX_BYTES) / (LINE.length + 1);
    for (let i = 0; i < written; i++) writer.write(LINE);
    expect(stream.writableLength).toBeLessThan(MAX_BYTES + 2 ** 18);
    expect(writer.leftOut).toBeGreaterThan(0);
    stream.release();
    await writer.room();
    writer.write('last');
    writer.flush();
    await new Promise((resolve) => stream.end(resolve));
    const lines = stream.text.trimEnd().split('\n');
    expect(lines.length + writer.leftOut).toBe(written + 1);
    expect(lines.at(-1)).toBe('last');
    expect(said.reduce((sum, count) => sum + count, 0)).toBe(writer.leftOut);
  });

  it('reports a failure once, and writes nothing afterwards', async () => {
    const failures: OutputError[] = [];
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    stream.on('error', () => undefined);
    const writer = new LineWriter(stream, {
      onFailure: (error) => failures.push(error),
      onLeftOut: () => undefined,
    });
    writer.write('one');
    writer.flush();
    await new Promise((resolve) => setImmediate(resolve));
    writer.write('two');
    await writer.room();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBeInstanceOf(OutputError);
    expect(failures[0]?.code).toBe('EPIPE');
  });

  it('writes the lines of one turn together', async () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString());
        done();
      },
    });
    const writer = new LineWriter(stream, { onFailure: () => undefined, onLeftOut: () => undefined });
    for (const line of ['a', 'b', 'c']) writer.write(line);
    await new Promise((resolve) => setImmediate(resolve));
    expect(chunks).toEqual(['a\nb\nc\n']);
  });
});
