import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ensureStreams, loadClient } from '../../fleet/broker/index.js';
import { until } from './waiting.js';

/** Message of a stream. */
export interface StoredMessage {
  readonly subject: string;
  readonly id: string;
  readonly header: (name: string) => string;
  readonly data: Uint8Array;
}

/** A nats-server of its own with JetStream, on a port of its own, with its data in a folder. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #config: string;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(folder: string, port: number, config: string) {
    this.#folder = folder;
    this.port = port;
    this.#config = config;
  }

  /**
   * Starts a server.
   * @param folder folder of the test
   * @param more lines of its configuration
   */
  static async start(folder: string, more = ''): Promise<NatsServer> {
    const port = await freePort();
    const server = new NatsServer(join(folder, 'nats'), port, more);
    mkdirSync(server.#folder);
    await server.start();
    return server;
  }

  /** Address as `--to` takes it. */
  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it again, with the data that it has. */
  async start(more = this.#config): Promise<void> {
    const file = join(this.#folder, 'nats.conf');
    const store = join(this.#folder, 'data');
    writeFileSync(
      file,
      `listen: "127.0.0.1:${this.port}"\njetstream { store_dir: "${store}", max_file_store: 256MB }\n${more}`,
    );
    const child = spawn('nats-server', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.#output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    await until('nats-server', () => {
      if (child.exitCode !== null) throw new Error(`nats-server ended: ${this.#output}`);
      return this.#output.includes('Server is ready');
    });
  }

  /** Sends a signal: SIGKILL waits for the end. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await closed;
  }

  /** Connects to it. */
  async connect(options: Parameters<typeof connect>[0] = {}): Promise<NatsConnection> {
    return await connect({ servers: `127.0.0.1:${this.port}`, ...options });
  }

  /** Creates streams. */
  async createStreams(partitions: number, maxBytes = 64 * 2 ** 20): Promise<void> {
    const connection = await this.connect();
    try {
      await ensureStreams(await jetstreamManager(connection), await loadClient(), {
        partitions,
        replicas: 1,
        maxBytes,
      });
    } finally {
      await connection.close();
    }
  }

  /** Reads all messages of a stream, in order. */
  async messages(stream: string): Promise<StoredMessage[]> {
    const connection = await this.connect();
    try {
      const manager = await jetstreamManager(connection);
      const { first_seq: first, last_seq: last } = (await manager.streams.info(stream)).state;
      const found: StoredMessage[] = [];
      // Sequences begin with 1; an empty stream has 0 for both.
      for (let seq = Math.max(first, 1); seq <= last; seq++) {
        const message = await manager.direct.getMessage(stream, { seq });
        if (message === null) continue;
        const { subject, header: headers, data } = message;
        found.push({ subject, id: headers.get('Nats-Msg-Id'), header: (name) => headers.get(name), data });
      }
      return found;
    } finally {
      await connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.signal('SIGCONT');
    await this.signal('SIGKILL');
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
