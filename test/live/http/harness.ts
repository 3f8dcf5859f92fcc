import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { HttpServer, type HttpServerOptions, textAnswer } from '../../../live/http/index.js';
import type { EndReason } from '../../../metrics/index.js';
import { until } from '../../support/waiting.js';

/** A server and the clients of one test, closed by the test. */
export interface Served {
  readonly port: number;
  readonly server: HttpServer;
  readonly refused: EndReason[];
  /** Returns the number of connections of this machine. */
  connections(): number;
  open(): Promise<Client>;
}

/** A client that keeps everything it reads. */
export interface Client {
  readonly socket: Socket;
  text(): string;
  closed(): boolean;
}

/** Starts servers for the tests of a file. */
export function useHttpServer(): (options?: Partial<HttpServerOptions>) => Promise<Served> {
  const servers: HttpServer[] = [];
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (options = {}) => {
    const refused: EndReason[] = [];
    let connections = 0;
    const server = new HttpServer({
      handler: ({ target }) => textAnswer(200, `${target}\n`),
      onRefused: (reason) => refused.push(reason),
      onConnections: (_side, now) => {
        connections = now;
      },
      ...options,
    });
    servers.push(server);
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    const open = async (): Promise<Client> => {
      const socket = connect({ port, host: '127.0.0.1' });
      sockets.push(socket);
      const client = keepText(socket);
      await once(socket, 'connect');
      return client;
    };
    return { port, server, refused, connections: () => connections, open };
  };
}

function keepText(socket: Socket): Client {
  let text = '';
  let closed = false;
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => {}); // the server may end with a reset
  socket.on('close', () => {
    closed = true;
  });
  return { socket, text: () => text, closed: () => closed };
}

/** Waits until the client has read this text. */
export async function read(client: Client, text: string): Promise<void> {
  await until(`answer with ${JSON.stringify(text)}`, () => client.text().includes(text));
}

/** Returns a request for a path. */
export function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
}
