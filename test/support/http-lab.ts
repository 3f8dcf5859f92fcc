import { test } from 'vitest';
import { HttpCapture, type HttpCaptureOptions, type HttpExchange } from '../../http/kernel/index.js';
import { HttpWire, type WireEnd } from './http-wire.js';
import { createNamespacePair, haveNamespaces, type Namespace, type NamespacePair } from './namespaces.js';
import { havePrograms } from './programs.js';
import { until } from './waiting.js';

/** Prefix of UUIDs in tests. */
export const HTTP_UUID_PREFIX = 'http.example_1700000000';

/** Returns true if HTTP can be captured here; else reports on stderr what is skipped. */
export function haveHttpLab(what: string): boolean {
  return haveNamespaces(what) && havePrograms(what, 'python3');
}

/** A capture that keeps its exchanges. Closed at the end of its scope. */
export class HttpRecorder implements AsyncDisposable {
  readonly exchanges: HttpExchange[] = [];
  readonly failures: unknown[] = [];
  readonly capture: HttpCapture;

  private constructor(capture: HttpCapture, exchanges: HttpExchange[], failures: unknown[]) {
    this.capture = capture;
    this.exchanges = exchanges;
    this.failures = failures;
  }

  static async open(namespace: Namespace, options: Partial<HttpCaptureOptions> = {}): Promise<HttpRecorder> {
    const exchanges: HttpExchange[] = [];
    const failures: unknown[] = [];
    const capture = await HttpCapture.open({
      ports: [{ first: 80, last: 80 }],
      namespace: { kind: 'path', path: `/run/netns/${namespace.name}` },
      join: { uuidPrefix: HTTP_UUID_PREFIX },
      onExchange: (exchange) => exchanges.push(exchange),
      onFailure: (error) => failures.push(error),
      onStale: (error) => failures.push(error),
      ...options,
    });
    return new HttpRecorder(capture, exchanges, failures);
  }

  /** Waits for a number of exchanges, and returns all. */
  async wait(count: number): Promise<readonly HttpExchange[]> {
    await until(`${count} exchanges`, () => (this.exchanges.length >= count ? true : undefined));
    return this.exchanges;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.capture.close();
  }
}

/** A connection of two programs. */
export interface WirePair {
  readonly client: WireEnd;
  readonly server: WireEnd;
  /** Sends a request, then an answer, and waits for each. */
  exchange(request: string | Buffer, answer: string | Buffer): Promise<void>;
}

/** Two namespaces with a program in each that sends and receives what a test says. Servers are in the near one. */
export class HttpLab implements AsyncDisposable {
  readonly pair: NamespacePair = createNamespacePair();
  readonly near: HttpWire = new HttpWire(this.pair.near);
  readonly far: HttpWire = new HttpWire(this.pair.far);

  /** Connects a client in a namespace with a listener of the near one. */
  async connect(
    listener: number,
    {
      host,
      from = this.far,
      port = 80,
      local = 0,
    }: { host?: string; from?: HttpWire; port?: number; local?: number } = {},
  ): Promise<WirePair> {
    const client = await from.connect(host ?? this.pair.near.ipv4, port, local);
    const server = await this.near.accept(listener);
    const exchange = async (request: string | Buffer, answer: string | Buffer): Promise<void> => {
      await from.send(client, request, true);
      await this.near.receive(server, request.length);
      await this.near.send(server, answer, true);
      await from.receive(client, answer.length);
    };
    return { client, server, exchange };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.near[Symbol.asyncDispose](), this.far[Symbol.asyncDispose]()]);
    this.pair.remove();
  }
}

/** A test with its own lab. */
export const it = test.extend<{ readonly lab: HttpLab }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  lab: async ({}, use) => {
    await using lab = new HttpLab();
    await use(lab);
  },
});
