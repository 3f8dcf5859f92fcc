import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ALL_EXTENSIONS, decodeInetDiagMsg, type InetDiagMsg } from '../../inetdiag/index.js';
import { type DestroyOrder, SocketDestroyer, SocketSession } from '../../inetdiag/kernel/index.js';
import { AF_INET, AF_INET6, NLMSG_HDRLEN } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LateAcceptor } from '../support/late-accept.js';
import { havePrograms } from '../support/programs.js';
import { until } from '../support/waiting.js';

const ALL_STATES = 0xffff_ffff;
const SUPPORT = join(import.meta.dirname, '../support');

/** Sockets of the near namespace, as the kernel lists and destroys them. */
class NearSockets implements AsyncDisposable {
  readonly #session: SocketSession;

  constructor({ near }: Lab) {
    this.#session = SocketSession.open({ kind: 'name', name: near.name });
  }

  async list(): Promise<InetDiagMsg[]> {
    const sockets: InetDiagMsg[] = [];
    for await (const part of this.#session.list({ states: ALL_STATES, ext: ALL_EXTENSIONS })) {
      for (const message of part) sockets.push(decodeInetDiagMsg(message.subarray(NLMSG_HDRLEN)));
    }
    return sockets;
  }

  /** Waits for a socket with these ports, in a state if one is given. */
  async find(sport: number, dport: number, state?: number): Promise<InetDiagMsg> {
    return await until(`a socket ${sport} ${dport} in state ${state ?? 'any'}`, async () =>
      (await this.list()).find(
        (each) => each.id.sport === sport && each.id.dport === dport && (state === undefined || each.state === state),
      ),
    );
  }

  /** Returns the results, in the order of the sockets. */
  async destroy(...sockets: readonly InetDiagMsg[]): Promise<string[]> {
    const results: string[] = [];
    const destroyer = new SocketDestroyer<DestroyOrder>({
      onOutcomes: (outcomes) => results.push(...outcomes.map(({ result }) => result)),
    });
    destroyer.add(sockets.map((socket) => ({ socket, requester: this.#session.requester })));
    await destroyer.settled();
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
  }
}

describe.skipIf(!haveLab('tests that destroy sockets'))('a destroyed socket', () => {
  it('is exactly one of many, whose program gets ECONNABORTED and whose peer ECONNRESET', async ({ lab }) => {
    await using sockets = new NearSockets(lab);
    const port = await lab.nearPeer.listen('0.0.0.0');
    const clients = await lab.farPeer.connectMany(50, { host: lab.near.ipv4, port });
    const [victim, ...others] = await Promise.all(
      clients.map(async (far) => ({ far, near: await lab.nearPeer.accepted(port, far.localPort) })),
    );
    if (victim === undefined) throw new Error('no connection');
    expect(await sockets.destroy(await sockets.find(port, victim.far.localPort))).toEqual(['destroyed']);
    expect(await victim.near.closed()).toBe('ECONNABORTED');
    expect(await victim.far.closed()).toBe('ECONNRESET');
    for (const { near, far } of others) {
      await far.send(10);
      await near.received(10);
    }
    expect((await sockets.list()).filter(({ id }) => id.sport === port && id.dport !== 0)).toHaveLength(49);
    // The listener was left alone.
    await lab.connectIn(port);
  });

  it('is never a new one with the same ends, nor the listener of its port', async ({ lab }) => {
    await using sockets = new NearSockets(lab);
    const port = await lab.nearPeer.listen('0.0.0.0');
    const first = await lab.connectIn(port);
    const { localPort } = first.far;
    const old = await sockets.find(port, localPort);
    await first.far.reset();
    await first.near.closed();
    // Without the cookie this would end the listener.
    expect(await sockets.destroy(old)).toEqual(['ended']);
    const far = await lab.farPeer.connect({ host: lab.near.ipv4, port, localPort });
    await until('the new connection', async () => (await sockets.find(port, localPort)).id.cookie !== old.id.cookie);
    expect(await sockets.destroy(old)).toEqual(['ended']);
    await far.send(10);
    await until('the bytes', async () => (await sockets.find(port, localPort, TcpState.ESTABLISHED)).rqueue === 0);
    await lab.connectIn(port);
  });

  it('may be IPv4, IPv6, or IPv6 that is connected over IPv4', async ({ lab }) => {
    await using sockets = new NearSockets(lab);
    const [v4, v6] = [await lab.nearPeer.listen('0.0.0.0'), await lab.nearPeer.listen('::')];
    const ends = [
      { ends: await lab.connectIn(v4), family: AF_INET, port: v4 },
      { ends: await lab.connectIn(v6, lab.near.ipv6), family: AF_INET6, port: v6 },
      { ends: await lab.connectIn(v6, lab.near.ipv4), family: AF_INET6, port: v6 },
    ];
    for (const { ends: both, family, port } of ends) {
      const socket = await sockets.find(port, both.far.localPort);
      expect(socket.family).toBe(family);
      expect(await sockets.destroy(socket)).toEqual(['destroyed']);
      expect(await both.far.closed()).toBe('ECONNRESET');
      expect(await both.near.closed()).toBe('ECONNABORTED');
      expect(await sockets.destroy(socket)).toEqual(['ended']);
    }
  });

  it('may be opening, half open, closing, or in TIME_WAIT', async ({ lab }) => {
    await using sockets = new NearSockets(lab);
    const port = await lab.nearPeer.listen('0.0.0.0');
    const attempt = await lab.nearPeer.attempt({ host: lab.silentIpv4, port: 5001, localPort: 40_001 });
    const opening = await sockets.find(40_001, 5001, TcpState.SYN_SENT);
    expect(await sockets.destroy(opening)).toEqual(['destroyed']);
    expect(await attempt.closed()).toBe('ECONNABORTED');

    // The near end closes first: FIN_WAIT2, in a mini-socket that no program holds.
    const closing = await lab.connectIn(port);
    await closing.near.destroy();
    const waiting = await sockets.find(port, closing.far.localPort, TcpState.FIN_WAIT2);
    expect(await sockets.destroy(waiting)).toEqual(['destroyed']);

    const closed = await lab.connectIn(port);
    await closed.near.end();
    await closed.far.ended();
    await closed.far.end();
    await closed.near.closed();
    const late = await sockets.find(port, closed.far.localPort, TcpState.TIME_WAIT);
    expect(await sockets.destroy(late)).toEqual(['destroyed']);
    expect((await sockets.list()).some(({ id }) => id.cookie === late.id.cookie)).toBe(false);
    expect(await sockets.destroy(late)).toEqual(['ended']);
  });

  it.runIf(havePrograms('half-open connections', 'python3'))(
    'may be in the middle of its handshake',
    async ({ lab }) => {
      await using sockets = new NearSockets(lab);
      const port = await lab.nearPeer.listen('0.0.0.0');
      // SYN-ACKs leave for a link-layer address that does not exist.
      lab.far.run('ip', 'address', 'add', `${lab.silentIpv4}/32`, 'dev', 'lo');
      lab.far.run('python3', join(SUPPORT, 'half-open.py'), lab.silentIpv4, lab.near.ipv4, String(port), '1');
      const halfOpen = await sockets.find(port, 10_000, TcpState.SYN_RECV);
      expect(await sockets.destroy(halfOpen)).toEqual(['destroyed']);
      expect((await sockets.list()).some(({ id }) => id.dport === 10_000)).toBe(false);
    },
  );

  it.runIf(havePrograms('connections that wait for accept', 'python3'))(
    'that waits for accept is returned by it all the same, with what had arrived',
    async ({ lab }) => {
      await using sockets = new NearSockets(lab);
      await using acceptor = await LateAcceptor.listen(lab.near, '0.0.0.0');
      const clients = await lab.farPeer.connectMany(3, { host: lab.near.ipv4, port: acceptor.port });
      for (const [i, client] of clients.entries()) {
        await client.send(100);
        const socket = await until('queued bytes', async () => {
          const found = await sockets.find(acceptor.port, client.localPort);
          return found.rqueue === 100 && found;
        });
        expect(socket).toMatchObject({ inode: 0, state: TcpState.ESTABLISHED });
        if (i < 2) expect(await sockets.destroy(socket)).toEqual(['destroyed']);
      }
      expect(await clients[0]?.closed()).toBe('ECONNRESET');
      expect(await acceptor.accept('read')).toEqual({
        peer: 'ENOTCONN',
        read: 100,
        next: 'ECONNABORTED',
        write: 'EPIPE',
        pending: null,
      });
      expect(await acceptor.accept('error')).toMatchObject({ peer: 'ENOTCONN', pending: 'ECONNABORTED' });
      // The one behind them was left alone.
      expect(await acceptor.accept('read')).toMatchObject({ peer: null, read: 100, write: null });
    },
  );
});
