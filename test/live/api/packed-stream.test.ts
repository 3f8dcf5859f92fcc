import { createGunzip, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackedStream } from '../../../live/api/streams/packed-stream.js';

/** Body of an answer, as the client gets it. */
class Body {
  readonly pieces: Uint8Array[] = [];
  isOpen = true;
  readonly isDrained = true;
  stopped = (): void => undefined;
  write(piece: string | Uint8Array): void {
    this.pieces.push(Buffer.from(piece as Uint8Array));
  }
  end(): void {
    this.isOpen = false;
  }
  onStop(stopped: () => void): void {
    this.stopped = stopped;
  }
  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

describe('PackedStream', () => {
  it('is one whole gzip stream of all messages', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 5000 }))), (messages) => {
        const body = new Body();
        const stream = new PackedStream(body);
        for (const message of messages) stream.write(message);
        stream.end();
        expect(gunzipSync(body.bytes)).toEqual(Buffer.concat(messages.map((each) => Buffer.from(each as Uint8Array))));
        expect(body.isOpen).toBe(false);
      }),
    );
  });

  it('lets the client read each message as soon as it has come', async () => {
    const body = new Body();
    const stream = new PackedStream(body);
    const gunzip = createGunzip();
    for (const message of ['{"event":"view"}\n', '{"event":"delta"}\n', 'x'.repeat(100_000)]) {
      stream.write(message);
      gunzip.write(body.pieces.at(-1));
      const parts: Buffer[] = [];
      while (Buffer.concat(parts).length < message.length) {
        parts.push((gunzip.read() as Buffer | null) ?? Buffer.alloc(0));
        await new Promise(setImmediate);
      }
      expect(Buffer.concat(parts).toString()).toBe(message);
    }
  });

  it('ends the gzip stream after the last message of a server that stops', () => {
    const body = new Body();
    const stream = new PackedStream(body);
    stream.onStop(() => stream.write('last'));
    stream.write('first ');
    body.stopped();
    stream.write('never');
    expect(gunzipSync(body.bytes).toString()).toBe('first last');
  });

  it('repeats nothing at a second end', () => {
    const body = new Body();
    const stream = new PackedStream(body);
    stream.end();
    stream.end();
    expect(gunzipSync(body.bytes)).toHaveLength(0);
    expect(body.pieces).toHaveLength(1);
  });
});
