import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ObjectStore, openStore } from '../../fleet/objectstore/index.js';
import { skipped } from './programs.js';
import { within } from './waiting.js';

const PYTHON = '/usr/bin/python3';
const PACKAGES = ['account', 'container', 'object', 'proxy'].map((each) => `swift-${each}`).join(' ');

/** Returns true if OpenStack Swift is installed; else reports on stderr what is skipped. */
export function haveSwift(what: string): boolean {
  // A Python from elsewhere than Debian would not find it.
  const isThere = existsSync(PYTHON) && existsSync('/usr/lib/python3/dist-packages/swift/proxy/server.py');
  if (!isThere) skipped(what, `no OpenStack Swift (apt-get install ${PACKAGES})`);
  return isThere;
}

/** An S3 server of its own: OpenStack Swift with s3api, all in one process, on ports of 127.0.0.1. */
export class Swift implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #closed: Promise<unknown>;
  /** Address of the S3 API. */
  readonly endpoint: string;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  /** Starts a server with empty buckets of these names. */
  static async start(...buckets: readonly string[]): Promise<Swift> {
    const folder = mkdtempSync(join(tmpdir(), 'tcp-info-swift-'));
    const script = join(import.meta.dirname, 'swift-server.py');
    const child = spawn(PYTHON, [script, join(folder, 'data')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const port = await within(
      'the port of Swift',
      new Promise<number>((resolve, reject) => {
        child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(Number(line)));
        child.once('close', (code) => reject(new Error(`Swift ended with ${code}`)));
      }),
    );
    const swift = new Swift(child, folder, port);
    for (const bucket of buckets) await swift.createBucket(bucket);
    return swift;
  }

  /** Environment of programs that use the server. */
  get env(): Record<string, string> {
    return {
      AWS_ACCESS_KEY_ID: 'test:tester',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_ENDPOINT_URL_S3: this.endpoint,
    };
  }

  /** Opens a bucket, with keys that may do everything unless `env` has others. */
  store(bucket: string, env: Record<string, string> = this.env): ObjectStore {
    return openStore({ scheme: 's3', bucket, key: '' }, { endpoint: this.endpoint, env });
  }

  /** Creates a bucket. */
  async createBucket(bucket: string): Promise<void> {
    // A PUT on the bucket itself; of the client only the signature is needed.
    await this.store(bucket).put('', { blob: new Blob([]), md5: 'd41d8cd98f00b204e9800998ecf8427e' });
  }

  /** Stops the server as a crash or an overload would: it answers nothing until {@link resume}. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Lets the server answer again. */
  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
