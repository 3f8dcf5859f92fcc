import { constants } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { DESTROY_REQUEST_SIZE } from '../../../inetdiag/index.js';
import type { SocketRequester, SocketSession } from '../../../inetdiag/kernel/index.js';
import { SocketEnder } from '../../../live/services/socket-ender.js';
import { createLogger } from '../../../log/index.js';
import { sample } from '../../support/metric.js';
import { World } from './harness.js';

const { EPERM, ENOENT, EOPNOTSUPP, EINVAL } = constants.errno;

/** A kernel that answers every request with one errno, or not at all. */
class FakeKernel implements SocketRequester {
  errno = 0;
  failure: Error | undefined;

  async ask(requests: Uint8Array): ReturnType<SocketRequester['ask']> {
    if (this.failure !== undefined) throw this.failure;
    const count = requests.length / DESTROY_REQUEST_SIZE;
    const none = { data: new Uint8Array(), messages: new Uint32Array(), requests: new Uint32Array(), unrelated: 0 };
    return await Promise.resolve({ ...none, errnos: new Uint16Array(count).fill(this.errno) });
  }
}

describe('the end of a connection by a rule', () => {
  let world: World;
  let kernel: FakeKernel;
  let ender: SocketEnder;
  let lines: string[];
  beforeEach(async () => {
    world = await World.with('conn_limit: 1');
    kernel = new FakeKernel();
    lines = [];
    const { services: metrics } = world.metrics;
    if (metrics === undefined) throw new Error('no metrics of services');
    ender = new SocketEnder({
      onEnded: (destroy, isOver) => world.watch.ended(destroy, isOver),
      ownPorts: () => new Set(),
      openSession: () => ({ requester: kernel, close: async () => undefined }) as unknown as SocketSession,
      metrics,
      log: createLogger({ write: (line) => lines.push(line) }),
    });
  });

  /** Opens two connections, one too many, and waits for the answer about it. */
  async function openTwo(): Promise<void> {
    world.open();
    world.open();
    world.watch.decide();
    expect(world.destroys).not.toHaveLength(0);
    ender.end(world.destroys.splice(0));
    await ender.close();
  }
  const result = (name: string) => sample(world.metrics, 'tcpinfo_service_destroys_total', { result: name });
  const failures = (error: string) => sample(world.metrics, 'tcpinfo_service_enforcement_failures_total', { error });

  it.each([
    ['EOPNOTSUPP', EOPNOTSUPP, 'unsupported', 'the kernel is built without CONFIG_INET_DIAG_DESTROY'],
    ['EPERM', EPERM, 'denied', 'CAP_NET_ADMIN is missing'],
  ])('that the kernel refuses with %s is told once and counted each time, and the connection counts', async (...row) => {
    const [, errno, error, told] = row;
    kernel.errno = errno;
    await openTwo();
    expect(world.figures).toMatchObject({ connections: 2, accepted: 2 });
    await openTwo();
    expect(world.figures).toMatchObject({ connections: 4, accepted: 4, rejected: { conn_limit: 0 } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(told);
    expect(lines[0]).toContain('level=error');
    expect([await failures(error), await result('failed'), await result('destroyed')]).toEqual([3, 3, 0]);
  });

  it('is told each time where the kernel refuses one for another reason, or does not answer', async () => {
    kernel.errno = EINVAL;
    await openTwo();
    kernel.failure = Object.assign(new Error('send: EBADF'), { errno: -9 });
    world.open();
    world.watch.decide();
    ender.end(world.destroys.splice(0));
    await ender.close();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`errno=${EINVAL}`);
    expect(lines[1]).toContain('send: EBADF');
    expect(await failures('error')).toBe(2);
    expect(world.figures.connections).toBe(3);
  });

  it.each([
    ['by the kernel', 0, 'destroyed'],
    ['before its turn', ENOENT, 'ended'],
  ])('%s is logged with its UUID, counted, and a rejection', async (_, errno, name) => {
    kernel.errno = errno;
    await openTwo();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/msg="connection ended by a rule" service=web rule=conn_limit client=\S+ uuid=test_2 /);
    expect([await result(name), await result('failed')]).toEqual([1, 0]);
    expect(world.figures).toMatchObject({ connections: 1, rejected: { conn_limit: 1 } });
  });
});
