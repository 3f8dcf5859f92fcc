import { Writable } from 'node:stream';
import { run } from '../../../cmd/csvtool/run.js';
import { chunks } from '../../archive/input/sources.js';

/** Result of a run of the program. */
export interface Outcome {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

class Sink extends Writable {
  readonly written: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

/** Runs csvtool. */
export async function csvtool(args: readonly string[], stdin: Uint8Array = Buffer.alloc(0)): Promise<Outcome> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const code = await run({ args, stdin: chunks(stdin, 1000), stdout, stderr });
  return { code, stdout: Buffer.concat(stdout.written), stderr: Buffer.concat(stderr.written).toString() };
}
