// Programs and connections for scenarios of `tcp-info forward`, in a network namespace of their own.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAM = join(import.meta.dirname, '../../dist/cmd/tcp-info/main.js');
const HOST = '127.0.0.1';
const STEP_MS = 10;

/** Port of the forwarder in scenarios with one service. */
export const PORT = 7000;

/** Waits until a function returns something truthy, and returns it. */
export async function until(what, test, ms = 20_000) {
  for (const startMs = performance.now(); performance.now() - startMs < ms; await sleep(STEP_MS)) {
    const result = await test();
    if (result) return result;
  }
  throw new Error(`no ${what} within ${ms} ms`);
}

/** `tcp-info forward` while it runs. `services` are those of its file, as JSON, which is YAML. */
export class Program {
  stderr = '';
  stdout = '';

  /** Starts the program, and waits until it listens. */
  static async start(services, { args = [], wrapper = [] } = {}) {
    const program = new Program(services, args, wrapper);
    await until('listeners', () => program.#hasEnded !== undefined || program.log('listening').length > 0);
    await until('listeners', () => program.#hasEnded !== undefined || program.log('listening').length >= program.count);
    return program;
  }

  #hasEnded;

  constructor(services, args, wrapper) {
    this.folder = mkdtempSync(join(tmpdir(), 'tcp-info-forward-'));
    // Also where a scenario kills the program.
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }));
    this.file = join(this.folder, 'services.yaml');
    this.configure(services);
    const argv = [...wrapper, process.execPath, PROGRAM, 'forward', '-c', this.file, ...args];
    this.child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr.on('data', (text) => {
      this.stderr += text;
    });
    this.ended = once(this.child, 'close').then(([code]) => {
      this.#hasEnded = code;
      return code;
    });
  }

  configure(services) {
    this.count = typeof services === 'string' ? 1 : Object.keys(services).length;
    writeFileSync(this.file, typeof services === 'string' ? services : JSON.stringify(services));
  }

  /** Replaces the file, and waits until the program has read it. Returns the line of its log. */
  async reload(services) {
    const done = () => this.log('reloaded').length + this.log('"reload refused, nothing has changed"').length;
    const before = done();
    this.configure(services);
    this.child.kill('SIGHUP');
    await until('reload', () => done() > before);
    return this.stderr.split('\n').findLast((line) => /reload/.test(line));
  }

  /** Fields of the lines of the log that have a message. */
  log(message) {
    return this.stderr
      .split('\n')
      .filter((line) => line.includes(` msg=${message} `) || line.endsWith(` msg=${message}`))
      .map((line) =>
        Object.fromEntries(Array.from(line.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|\S*)/g), ([, k, v]) => [k, v])),
      );
  }

  /** Waits for the lines of so many ended connections. */
  async sessions(count) {
    return await until(`${count} sessions`, () => {
      const lines = this.log('session');
      return lines.length >= count && lines;
    });
  }

  /** Sends a signal, and returns exit code and duration. */
  async stop(signal = 'SIGTERM') {
    const startMs = performance.now();
    this.child.kill(signal);
    const code = await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
    return { code, ms: Math.round(performance.now() - startMs) };
  }
}

/** Starts a backend, which calls a function for each connection. Returns its port. */
export async function backend(onConnection = (socket) => socket.pipe(socket), host = HOST) {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen({ host, port: 0, backlog: 4096 });
  await once(server, 'listening');
  server.unref();
  return { port: server.address().port, server };
}

/** Service of a file at {@link PORT}, with an echoing backend. */
export async function echoService(options = {}) {
  const { port } = await backend();
  return service(port, options);
}

/** Service of a file at {@link PORT}. */
export function service(backendPort, options = {}) {
  return { web: { listen_ip: HOST, listen_port: PORT, backend_ip: HOST, backend_port: backendPort, ...options } };
}

/** Connection of a client that records what it sees. */
export class Client {
  constructor({ port = PORT, host = HOST, from, allowHalfOpen = false } = {}) {
    this.received = 0;
    this.text = '';
    this.hash = createHash('sha256');
    this.socket = net.connect({
      host,
      port,
      allowHalfOpen,
      ...(from === undefined ? {} : { localAddress: from }),
    });
    this.end = new Promise((resolve) => {
      this.socket.on('error', (error) => resolve(error.code));
      this.socket.on('end', () => resolve('FIN'));
      this.socket.on('close', () => resolve('closed'));
    });
    this.socket.on('data', (chunk) => {
      this.received += chunk.length;
      this.hash.update(chunk);
      if (this.text.length < 65_536) this.text += chunk.toString('latin1');
    });
    this.isOpen = true;
    void this.end.then(() => {
      this.isOpen = false;
    });
  }

  /** Sends a byte. Returns `echo`, how the connection ended, or `waits` without an answer. */
  async ask(ms = 400) {
    const before = this.received;
    if (!this.socket.destroyed) this.socket.write('x');
    const answered = until('echo', () => this.received > before && 'echo', ms).catch(() => 'waits');
    return await Promise.race([this.end, answered]);
  }

  /** Waits for its end. Returns how it ended, and after which time. */
  async ended(ms = 20_000) {
    const startMs = performance.now();
    const how = await Promise.race([this.end, sleep(ms, 'open', { ref: false })]);
    return { how, ms: Math.round(performance.now() - startMs) };
  }

  close() {
    this.socket.destroy();
  }
}

/** Opens clients one after the other, each after the answer of the one before. Returns all answers. */
export async function askEach(clients) {
  const answers = [];
  for (const options of clients) {
    const client = new Client(options);
    answers.push({ client, answer: await client.ask() });
  }
  return answers;
}

export const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
