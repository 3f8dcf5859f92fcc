import { beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../cache/index.js';
import { parseServices } from '../../../services/config/index.js';
import { TcpState } from '../../../tcp/index.js';
import { ACCEPTED, CONNECTED, PORT, World } from './harness.js';

/** Returns services of a file. */
async function servicesOf(text: string): Promise<Awaited<ReturnType<typeof parseServices>>['services']> {
  return (await parseServices(text, 'test.yaml')).services;
}

describe('a reload', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.with('conn_limit: 1');
  });

  const reload = async (text: string, open: readonly Connection[] = [], nowNs = 0n) =>
    world.watch.reload(await servicesOf(text), open, nowNs);

  it('keeps the counts of a service that has the name, or the address, of one before', async () => {
    world.open();
    world.watch.decide();
    expect(await reload(`web: {listen_port: ${PORT}, conn_limit: 2}`)).toMatchObject({
      changed: 1,
      added: 0,
      removed: 0,
    });
    world.open();
    world.watch.decide();
    expect(world.figures).toMatchObject({ service: 'web', connections: 2, accepted: 2 });
    expect(await reload(`site: {listen_port: ${PORT}, conn_limit: 2}`)).toMatchObject({
      changed: 1,
      added: 0,
      removed: 0,
    });
    expect(world.figures).toMatchObject({ service: 'site', connections: 2, accepted: 2 });
    expect(await reload(`# moved\nsite: {listen_port: ${PORT}, conn_limit: 2}`)).toMatchObject({ unchanged: 1 });
    expect(world.destroys).toEqual([]);
  });

  it('ends open connections of an address that is refused now, and none for a lower number', async () => {
    const open = [world.open()];
    world.watch.decide();
    await reload(`web: {listen_port: ${PORT}, conn_limit: 1, max_idle: 1h}`, open);
    expect(world.destroys).toEqual([]);
    await reload(`web: {listen_port: ${PORT}, ip_blacklist: [198.51.100.0/24]}`, open);
    expect(world.destroys).toMatchObject([{ reason: 'blacklist', connection: { uuid: 'test_1' } }]);
  });

  it('adopts open connections of a new service, and protects them until a scan that began after it', async () => {
    expect(await reload(`other: {listen_port: ${PORT + 1}}`)).toMatchObject({ added: 1, removed: 1 });
    const before = world.open();
    world.watch.decide();
    await reload(`web: {listen_port: ${PORT}, conn_limit: 1}`, [before], 1000n);
    world.open();
    world.watch.decide();
    expect(world.figures).toMatchObject({ connections: 2, accepted: 2 });
    expect(world.destroys).toEqual([]);
    world.watch.scanned(1000n, undefined);
    world.open();
    world.watch.decide();
    expect(world.destroys).toMatchObject([{ reason: 'conn_limit' }]);
  });

  it('counts and limits a removed service no longer', async () => {
    const connection = world.open();
    world.watch.decide();
    await reload(`other: {listen_port: ${PORT + 1}}`, [connection]);
    expect(world.watch.services.map(({ config }) => config.name)).toEqual(['other']);
    world.open();
    world.watch.decide();
    expect(world.destroys).toEqual([]);
    world.close(connection);
    world.watch.decide();
    expect(world.figures).toMatchObject({ service: 'other', connections: 0, accepted: 0 });
  });
});

describe('network namespaces', () => {
  it('have limits of their own, and their counts stay when one is left', async () => {
    const world = await World.with('conn_limit: 1');
    const blue = { inode: 7, name: 'blue' };
    world.open();
    const there = world.open(ACCEPTED, 'scan', blue);
    world.watch.decide();
    expect(world.destroys).toEqual([]);
    expect(world.figures).toMatchObject({ connections: 2, accepted: 2, clients: 2 });
    world.open(ACCEPTED, 'scan', blue);
    world.watch.decide();
    expect(world.destroys).toMatchObject([{ reason: 'conn_limit', connection: { uuid: 'test_3' } }]);
    for (const each of world.destroys) world.watch.ended(each, true);
    world.close(there, 'vanished');
    world.watch.left(blue);
    expect(world.figures).toMatchObject({ connections: 1, accepted: 2, rejected: { conn_limit: 1 } });
  });
});

describe('records of a busy connection', () => {
  it('are read when a figure is needed', async () => {
    const world = await World.with('max_idle: 1h');
    const connection = world.open();
    world.watch.decide();
    for (const bytesReceived of [10, 20, 30]) world.change(connection, { ...ACCEPTED, bytesReceived });
    expect(world.figures.receivedBytes).toBe(30);
    world.change(connection, { ...ACCEPTED, bytesReceived: 45 });
    world.close(connection, 'vanished');
    world.watch.decide();
    expect(world.figures).toMatchObject({ receivedBytes: 45, connections: 0 });
  });

  it('are read at once if the state changes, or if a limit needs to see when data waits', async () => {
    const world = await World.with('write_timeout: 1h');
    const connection = world.open();
    world.watch.decide();
    world.change(connection, { ...ACCEPTED, unacked: 1, bytesSent: 5 });
    const [group] = world.watch.services;
    const [watched] = group === undefined ? [] : group.in(undefined).open;
    expect(watched?.unackedSinceMs).toBeTypeOf('number');
    world.change(connection, { ...ACCEPTED, bytesReceived: 1 }, TcpState.CLOSE_WAIT);
    expect(watched?.isHalfClosed).toBe(true);
  });
});

describe('ServiceWatch', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.with('conn_limit: 1');
  });

  it('counts what is admitted, and hands out what is not', () => {
    world.open();
    world.open();
    world.watch.decide();
    expect(world.figures).toMatchObject({ connections: 1, accepted: 1, clients: 1 });
    expect(world.destroys).toMatchObject([{ reason: 'conn_limit', connection: { uuid: 'test_2' } }]);
    for (const each of world.destroys) world.watch.ended(each, true);
    expect(world.figures.rejected).toMatchObject({ conn_limit: 1 });
  });

  it('counts a connection that could not be ended', () => {
    world.open();
    const late = world.open();
    world.watch.decide();
    for (const each of world.destroys) world.watch.ended(each, false);
    expect(world.figures).toMatchObject({ connections: 2, accepted: 2, rejected: { conn_limit: 0 } });
    world.close(late);
    world.watch.decide();
    expect(world.figures).toMatchObject({ connections: 1, closed: { unknown: 0 } });
    expect(Object.values(world.figures.closed).reduce((sum, count) => sum + count)).toBe(1);
  });

  it('counts a rejection once, whether its end or the answer comes first', () => {
    const [first] = [world.open(), world.open()];
    world.watch.decide();
    const [destroy] = world.destroys;
    if (destroy === undefined) throw new Error('nothing to end');
    const rejected = world.open();
    world.watch.decide();
    world.close(rejected);
    world.watch.decide();
    for (const each of world.destroys) world.watch.ended(each, true);
    expect(world.figures.rejected).toMatchObject({ conn_limit: 2 });
    world.close(first);
    world.watch.decide();
    expect(world.figures).toMatchObject({ connections: 0, accepted: 1 });
  });

  it('sees ends before opens of one scan', () => {
    const first = world.open();
    world.watch.decide();
    world.open();
    world.close(first);
    world.watch.decide();
    expect(world.destroys).toEqual([]);
    expect(world.figures).toMatchObject({ connections: 1, accepted: 2 });
  });

  it('protects what was there before', async () => {
    world.isWatched = false;
    world.open();
    world.open();
    world.watch.decide();
    expect(world.destroys).toEqual([]);
    const existing = await World.with('conn_limit: 1', 'existing');
    existing.isWatched = false;
    existing.open();
    existing.open();
    existing.watch.decide();
    expect(existing.destroys).toHaveLength(1);
  });

  it('ends nothing in a dry run, and counts as if there were no limits', async () => {
    const dry = await World.with('conn_limit: 1', 'dry-run');
    dry.open();
    dry.open();
    dry.watch.decide();
    expect(dry.destroys).toEqual([]);
    expect(dry.log).toEqual(['a rule would end this connection']);
    expect(dry.figures).toMatchObject({ connections: 2, accepted: 2, rejected: { conn_limit: 0 } });
  });

  it('knows no limits when they are not enforced', async () => {
    const off = await World.with('conn_limit: 1, max_idle: 1', 'off');
    for (let i = 0; i < 3; i++) off.open();
    off.watch.decide();
    expect(off.destroys).toEqual([]);
    expect(off.log).toEqual([]);
    expect(off.figures.accepted).toBe(3);
  });

  it('leaves out connections that this machine opened', () => {
    const connection = world.open(CONNECTED);
    world.open(CONNECTED);
    world.watch.decide();
    world.close(connection, 'event', CONNECTED);
    world.watch.decide();
    expect(world.destroys).toEqual([]);
    expect(world.figures).toMatchObject({ connections: 0, accepted: 0 });
  });

  it('counts a connection that only its end has shown, and none that the stop of the collector ends', () => {
    const short = world.open({ ...ACCEPTED, bytesReceived: 10 }, 'event');
    world.close(short, 'event', { ...ACCEPTED, bytesReceived: 10 });
    const open = world.open();
    world.watch.decide();
    world.close(open, 'shutdown');
    world.watch.decide();
    expect(world.figures).toMatchObject({ connections: 1, accepted: 2, receivedBytes: 10 });
    expect(Object.values(world.figures.closed).reduce((sum, count) => sum + count)).toBe(1);
  });
});
