import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listenAt, type SocketFile } from '../../files/index.js';
import type { Logger } from '../../log/index.js';
import { MAX_COMMAND_BYTES } from '../../services/control/index.js';
import type { Forwarder } from '../index.js';
import { answerControl, type ControlAnswer, failure } from './answer.js';

/** Mode of the socket's file: only its owner may command. */
const MODE = 0o600;
const MAX_CONNECTIONS = 64;
const REQUEST_MS = 10_000;

/** Control socket: HTTP on a unix socket that only its owner can open. */
export class ControlServer {
  readonly #forwarder: Forwarder;
  readonly #log: Logger;
  readonly #server: Server;
  #file: SocketFile | undefined;

  constructor(forwarder: Forwarder, log: Logger) {
    this.#forwarder = forwarder;
    this.#log = log;
    this.#server = createServer(
      { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, keepAliveTimeout: REQUEST_MS },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Begins to serve at a path. @throws UnixSocketError */
  async listen(path: string): Promise<void> {
    this.#file = await listenAt(this.#server, path, MODE);
    this.#log.info('control socket', { path });
  }

  /** Removes the socket, and ends all clients. */
  async close(): Promise<void> {
    this.#file?.remove();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '' } = request;
    const body = await readBody(request);
    if (body === undefined) return;
    if (body === 'too large') return send(response, failure(413, `the body has more than ${MAX_COMMAND_BYTES} bytes`));
    if (method === 'POST') this.#log.info('control', { target, body });
    send(response, answerControl(this.#forwarder, { method, target, body }));
  }
}

/** Reads a body. Undefined if the client ended its request early. */
async function readBody(request: IncomingMessage): Promise<string | 'too large' | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_COMMAND_BYTES) return 'too large';
      chunks.push(chunk);
    }
  } catch {
    // The client has gone: there is no one to answer.
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, body }: ControlAnswer): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    // What is left of a body that is too large is not read.
    ...(status === 413 ? { Connection: 'close' } : {}),
  });
  response.end(text);
}
