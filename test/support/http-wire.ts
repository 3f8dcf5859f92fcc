import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespaces.js';

const PROGRAM = fileURLToPath(new URL('./http-wire.py', import.meta.url));

/** One end of a connection. */
export interface WireEnd {
  readonly id: number;
  /** SO_COOKIE of its socket. */
  readonly cookie: bigint;
  readonly port: number;
}

/** Exchanges whose messages contain their number, at `%d` or `%06d` of their texts. */
export interface Numbered {
  readonly request: string;
  readonly answer: string;
  readonly first: number;
  readonly count: number;
  /** Requests that are sent in one write, and answered in one. `count` is a multiple of it. */
  readonly depth: number;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

/** A program inside a namespace that opens connections, and sends and receives the bytes of a test. */
export class HttpWire implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(namespace: Pick<Namespace, 'command'>) {
    const [file, args] = namespace.command('python3', PROGRAM);
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async listen(port: number, host = '0.0.0.0'): Promise<number> {
    return ((await this.#ask({ op: 'listen', port, host })) as { id: number }).id;
  }

  async accept(listener: number): Promise<WireEnd> {
    return toEnd(await this.#ask({ op: 'accept', id: listener }));
  }

  /** @param local port; default: any */
  async connect(host: string, port: number, local = 0): Promise<WireEnd> {
    return toEnd(await this.#ask({ op: 'connect', host, port, local }));
  }

  /** Sends bytes; in the background without waiting until the kernel has taken them. */
  async send(end: WireEnd, bytes: string | Buffer, background = false): Promise<void> {
    await this.#ask({ op: 'send', id: end.id, bytes: toBase64(bytes), background });
  }

  /** Waits for a number of bytes. */
  async receive(end: WireEnd, count: number): Promise<void> {
    await this.#ask({ op: 'receive', id: end.id, count });
  }

  async finish(end: WireEnd): Promise<void> {
    await this.#ask({ op: 'finish', id: end.id });
  }

  async close(end: WireEnd, reset = false): Promise<void> {
    await this.#ask({ op: 'close', id: end.id, reset });
  }

  /** Makes connections with one exchange each. Returns client's port and server's cookie of each. */
  async churn(
    options: {
      readonly listener: number;
      readonly host: string;
      readonly port: number;
      readonly count: number;
      /** End that closes first, at once; absent: all stay open. */
      readonly closes?: 'server' | 'client';
    },
    request: string,
    answer: string,
  ): Promise<{ readonly port: number; readonly cookie: bigint }[]> {
    const asked = { op: 'churn', ...options, request: toBase64(request), answer: toBase64(answer) };
    const ends = (await this.#ask(asked)) as { port: number; cookie: string }[];
    return ends.map(({ port, cookie }) => ({ port, cookie: BigInt(cookie) }));
  }

  /** Answers numbered requests in the background; see {@link Numbered}. */
  async serve(end: WireEnd, numbered: Numbered): Promise<void> {
    const { answer: text, request, ...others } = numbered;
    await this.#ask({ op: 'serve', id: end.id, text: toBase64(text), request: toBase64(request), ...others });
  }

  /** Sends numbered requests and waits for their answers. Returns the seconds that this took. */
  async ask(end: WireEnd, numbered: Numbered): Promise<number> {
    const { request: text, answer, ...others } = numbered;
    return (await this.#ask({
      op: 'ask',
      id: end.id,
      text: toBase64(text),
      answer: toBase64(answer),
      ...others,
    })) as number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await closed;
  }

  async #ask(request: object): Promise<unknown> {
    const before = this.#last;
    const answer = (async () => {
      await before.catch(() => undefined);
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await this.#answers.next();
      if (done === true) throw new Error(`http-wire ended before ${JSON.stringify(request).slice(0, 100)}`);
      const { result, error } = JSON.parse(value) as Answer;
      if (error !== undefined) throw new Error(`http-wire ${JSON.stringify(request).slice(0, 100)}: ${error}`);
      return result;
    })();
    this.#last = answer;
    return await answer;
  }
}

function toBase64(bytes: string | Buffer): string {
  return (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes).toString('base64');
}

function toEnd(result: unknown): WireEnd {
  const { id, cookie, port } = result as { id: number; cookie: string; port: number };
  return { id, cookie: BigInt(cookie), port };
}
