/** Real TCP connections over loopback. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server and both sides of its connections. */
export class Connections {
  readonly clients: Socket[] = [];
  readonly accepted: Socket[] = [];

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined).resume();
      this.accepted.push(socket);
    });
  }

  static async listen(host = '127.0.0.1'): Promise<Connections> {
    const server = createServer();
    const connections = new Connections(server);
    server.listen(0, host);
    await once(server, 'listening');
    return connections;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Opens a connection. Returns the client's side, and its port. */
  async open(): Promise<{ client: Socket; port: number }> {
    const { address } = this.server.address() as AddressInfo;
    const client = connect(this.port, address);
    client.on('error', () => undefined).resume();
    this.clients.push(client);
    await Promise.all([once(client, 'connect'), once(this.server, 'connection')]);
    return { client, port: client.localPort ?? 0 };
  }

  /** Resets every connection, so that not even TIME_WAIT is left. */
  close(): void {
    for (const socket of [...this.clients, ...this.accepted]) socket.resetAndDestroy();
    this.server.close();
  }
}

/** Listens on a free port until the current test ends. */
export async function listen(host?: string): Promise<Connections> {
  const made = await Connections.listen(host);
  onTestFinished(() => made.close());
  return made;
}
