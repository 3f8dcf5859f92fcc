import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { DESTROY_REQUEST_SIZE, DestroyRequestError, type SocketIdentity } from '../../../inetdiag/index.js';
import {
  type DestroyClock,
  type DestroyOrder,
  type DestroyOutcome,
  SocketDestroyer,
  type SocketRequester,
} from '../../../inetdiag/kernel/index.js';
import { AF_INET } from '../../../netlink/index.js';
import { TcpState } from '../../../tcp/index.js';

const { EPERM, ENOENT, EOPNOTSUPP, EINVAL } = constants.errno;

function socketWith(cookie: bigint, state: number = TcpState.ESTABLISHED): SocketIdentity {
  const id = { sport: 80, dport: 4000, src: new Uint8Array(16), dst: new Uint8Array(16), interface: 0, cookie };
  return { family: AF_INET, state, id };
}

/** A kernel that answers each cookie with an errno, 0 by default, and notes the requests. */
class FakeKernel implements SocketRequester {
  readonly asked: bigint[][] = [];
  readonly errnos: Readonly<Record<string, number>>;

  constructor(errnos: Readonly<Record<string, number>> = {}) {
    this.errnos = errnos;
  }

  async ask(requests: Uint8Array): ReturnType<SocketRequester['ask']> {
    const view = new DataView(requests.buffer, requests.byteOffset);
    const cookies: bigint[] = [];
    for (let at = 0; at < requests.length; at += DESTROY_REQUEST_SIZE) cookies.push(view.getBigUint64(at + 64, true));
    this.asked.push(cookies);
    const none = { data: new Uint8Array(), messages: new Uint32Array(), requests: new Uint32Array(), unrelated: 0 };
    return { ...none, errnos: Uint16Array.from(cookies.map((cookie) => this.errnos[String(cookie)] ?? 0)) };
  }
}

/** A clock that jumps to the next timer as soon as it is set. */
class JumpingClock implements DestroyClock {
  #nowMs = 0;
  readonly nowMs = (): number => this.#nowMs;
  readonly after = (ms: number, call: () => void): void => {
    this.#nowMs += ms;
    setImmediate(call);
  };
}

function destroyerOf(clock = new JumpingClock(), maxPerSecond?: number) {
  const outcomes: (DestroyOutcome<DestroyOrder> & { readonly atMs: number })[] = [];
  const destroyer = new SocketDestroyer<DestroyOrder>({
    clock,
    ...(maxPerSecond === undefined ? {} : { maxPerSecond }),
    onOutcomes: (some) => outcomes.push(...some.map((each) => ({ ...each, atMs: clock.nowMs() }))),
  });
  return { destroyer, outcomes };
}

const cookiesOf = (outcomes: readonly DestroyOutcome<DestroyOrder>[]): number[] =>
  outcomes.map(({ order }) => Number(order.socket.id.cookie));

describe('SocketDestroyer', () => {
  it('counts each result by the answer of the kernel', async () => {
    const requester = new FakeKernel({ 2: ENOENT, 3: EPERM, 4: EOPNOTSUPP, 5: EINVAL });
    const { destroyer, outcomes } = destroyerOf();
    destroyer.add([1n, 2n, 3n, 4n, 5n, 6n].map((cookie) => ({ socket: socketWith(cookie), requester })));
    await destroyer.settled();
    expect(outcomes.map(({ result, errno }) => [result, errno])).toEqual([
      ['destroyed', 0],
      ['ended', ENOENT],
      ['denied', EPERM],
      ['unsupported', EOPNOTSUPP],
      ['error', EINVAL],
      ['destroyed', 0],
    ]);
    expect(destroyer.counts).toEqual({ destroyed: 2, ended: 1, denied: 1, unsupported: 1, error: 1 });
    expect(destroyer.waiting).toBe(0);
  });

  it('adds nothing if one of the sockets listens or has no cookie', async () => {
    const requester = new FakeKernel();
    const { destroyer } = destroyerOf();
    for (const wrong of [socketWith(2n, TcpState.LISTEN), socketWith(0n)]) {
      const orders = [socketWith(1n), wrong].map((socket) => ({ socket, requester }));
      expect(() => destroyer.add(orders)).toThrow(DestroyRequestError);
    }
    await destroyer.settled();
    expect(requester.asked).toEqual([]);
  });

  it('keeps the order and the rate, over namespaces together', async () => {
    const [blue, green] = [new FakeKernel(), new FakeKernel()];
    const { destroyer, outcomes } = destroyerOf(new JumpingClock(), 100);
    const cookies = Array.from({ length: 250 }, (_, i) => BigInt(i + 1));
    destroyer.add(
      cookies.map((cookie) => ({ socket: socketWith(cookie), requester: cookie % 3n === 0n ? blue : green })),
    );
    await destroyer.settled();
    expect(cookiesOf(outcomes)).toEqual(cookies.map(Number));
    for (const [i, { atMs }] of outcomes.entries()) {
      const hundredBefore = outcomes[i - 100];
      if (hundredBefore !== undefined) expect(atMs - hundredBefore.atMs).toBeGreaterThanOrEqual(1000);
    }
    expect(blue.asked.flat().every((cookie) => cookie % 3n === 0n)).toBe(true);
    expect(blue.asked.flat().length + green.asked.flat().length).toBe(250);
  });

  it('gives up what waits', async () => {
    const requester = new FakeKernel({ 1: EPERM });
    const clock = new JumpingClock();
    let dropped = 0;
    const destroyer: SocketDestroyer<DestroyOrder> = new SocketDestroyer<DestroyOrder>({
      clock,
      maxPerSecond: 20,
      onOutcomes: (outcomes) => {
        if (outcomes.some(({ result }) => result === 'denied')) dropped += destroyer.drop().length;
      },
    });
    destroyer.add([1n, 2n, 3n].map((cookie) => ({ socket: socketWith(cookie), requester })));
    await destroyer.settled();
    expect(requester.asked).toEqual([[1n]]);
    expect(dropped).toBe(2);
    expect(destroyer.waiting).toBe(0);
  });

  it('takes orders that come while it works, and after it was done', async () => {
    const requester = new FakeKernel();
    const { destroyer, outcomes } = destroyerOf();
    destroyer.add([{ socket: socketWith(1n), requester }]);
    destroyer.add([{ socket: socketWith(2n), requester }]);
    await destroyer.settled();
    destroyer.add([{ socket: socketWith(3n), requester }]);
    await destroyer.settled();
    expect(cookiesOf(outcomes)).toEqual([1, 2, 3]);
  });

  it('counts an answer that did not come as an error, and goes on', async () => {
    const broken: SocketRequester = {
      ask: () => Promise.reject(Object.assign(new Error('receive'), { code: 'ERR_RECEIVE', errno: 105 })),
    };
    const { destroyer, outcomes } = destroyerOf();
    const whole = new FakeKernel();
    destroyer.add([
      { socket: socketWith(1n), requester: broken },
      { socket: socketWith(2n), requester: whole },
    ]);
    await destroyer.settled();
    expect(outcomes.map(({ result, errno }) => [result, errno])).toEqual([
      ['error', 105],
      ['destroyed', 0],
    ]);
    expect(outcomes[0]?.error).toBeInstanceOf(Error);
  });
});
