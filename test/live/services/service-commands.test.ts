import { beforeEach, describe, expect, it } from 'vitest';
import type { Netns } from '../../../parse/index.js';
import { type ControlAction, parseCommand } from '../../../services/control/index.js';
import { ACCEPTED, CONNECTED, World } from './harness.js';

const BLUE: Netns = { inode: 4026532000, name: 'blue' };
const OTHER = [203, 0, 113, 9] as const;

describe('a command', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.with('wait_timeout: 60', 'new');
  });

  const tell = (action: ControlAction, body = '') => world.watch.command('web', parseCommand(action, body));
  const ended = () => world.destroys.map(({ reason, connection }) => [(connection as { uuid: string }).uuid, reason]);
  /** Reports that the kernel ended what it was asked to end, and the ends themselves. */
  const carryOut = (): void => {
    for (const destroy of world.destroys.splice(0)) world.watch.ended(destroy, true);
  };

  it('rejects an address in every network namespace, open and new connections, until it is released', () => {
    world.open();
    world.open(ACCEPTED, 'scan', undefined, OTHER);
    world.open(ACCEPTED, 'scan', BLUE);
    world.watch.decide();
    expect(tell('reject', '{"ip": "198.51.100.0/24"}')).toEqual({
      ...{ service: 'web', action: 'reject', closed: 2, released: null, connections: 3, draining: false },
    });
    expect(ended()).toEqual([
      ['test_1', 'blacklist'],
      ['test_3', 'blacklist'],
    ]);
    // Also in a namespace where the service was not used before.
    world.open(ACCEPTED, 'scan', { inode: 4026532001, name: 'red' });
    world.open();
    world.watch.decide();
    // Connections of two namespaces have no order.
    expect(ended().slice(2).toSorted()).toEqual([
      ['test_4', 'blacklist'],
      ['test_5', 'blacklist'],
    ]);
    carryOut();
    expect(world.figures.rejected).toMatchObject({ blacklist: 2 });
    expect(tell('release', '{"ip": "198.51.100.7"}')).toMatchObject({ released: false, closed: 0 });
    expect(tell('release', '{"ip": "198.51.100.0/24"}')).toMatchObject({ released: true, closed: 0 });
    world.open();
    world.watch.decide();
    expect(ended()).toEqual([]);
  });

  it('rejects for a time', () => {
    tell('reject', '{"ip": "198.51.100.7", "for": 10}');
    world.aheadMs = 9_000;
    world.open();
    world.watch.decide();
    expect(ended()).toEqual([['test_1', 'blacklist']]);
    world.aheadMs = 10_001;
    world.open();
    world.watch.decide();
    expect(ended()).toHaveLength(1);
  });

  it('closes the connection of a UUID, those of an address, and idle ones, protected ones too', () => {
    world.isWatched = false;
    world.open();
    world.isWatched = true;
    const other = world.open(ACCEPTED, 'scan', undefined, OTHER);
    world.open(ACCEPTED, 'scan', undefined, OTHER);
    world.watch.decide();
    expect(tell('close', '{"uuid": "test_99"}')).toMatchObject({ closed: 0, connections: 3 });
    expect(tell('close', '{"uuid": "test_3"}')).toMatchObject({ closed: 1 });
    expect(tell('close', '{"uuid": "test_3"}')).toMatchObject({ closed: 0 });
    expect(tell('close', '{"idle": "1m"}')).toMatchObject({ closed: 0 });
    world.aheadMs = 60_000;
    expect(tell('close', '{"idle": "61s"}')).toMatchObject({ closed: 0 });
    expect(tell('close', '{"idle": "59s"}')).toMatchObject({ closed: 2 });
    expect(ended()).toEqual([
      ['test_3', 'closed'],
      ['test_1', 'closed'],
      ['test_2', 'closed'],
    ]);
    expect(tell('close', '{"ip": "203.0.113.9"}')).toMatchObject({ closed: 0 });
    carryOut();
    world.close(other);
    world.watch.decide();
    expect(world.figures).toMatchObject({ connections: 2, closed: { closed: 1 } });
  });

  it('tries again what could not be ended', () => {
    world.open();
    world.watch.decide();
    tell('close', '{"ip": "198.51.100.7"}');
    for (const destroy of world.destroys.splice(0)) world.watch.ended(destroy, false);
    world.watch.decide();
    expect(ended()).toEqual([]);
    expect(tell('close', '{"ip": "198.51.100.7"}')).toMatchObject({ closed: 1, connections: 1 });
    expect(ended()).toEqual([['test_1', 'closed']]);
  });

  it('drains: new connections and idle ones end, the others after wait_timeout, unless it is taken back', () => {
    const idle = world.open();
    world.open({ ...ACCEPTED, unacked: 1, bytesSent: 1 });
    world.watch.decide();
    world.aheadMs = 2_000;
    expect(tell('drain')).toMatchObject({ closed: 1, draining: true, connections: 2 });
    expect(ended()).toEqual([[idle.uuid, 'drain']]);
    carryOut();
    world.open();
    world.watch.decide();
    expect(ended()).toEqual([['test_3', 'stopping']]);
    carryOut();
    expect(world.figures.rejected).toMatchObject({ stopping: 1 });
    expect(tell('undrain')).toMatchObject({ draining: false });
    world.open();
    world.aheadMs = 70_000;
    world.watch.decide();
    expect(ended()).toEqual([]);
    tell('drain');
    const before = ended().length;
    world.aheadMs = 70_000 + 61_000;
    world.watch.decide();
    const all = ended();
    expect(all.length).toBeGreaterThan(before);
    expect(all.map(([uuid]) => uuid)).toContain('test_2');
  });

  it('ends nothing in a dry run, and says what it would end', async () => {
    world = await World.with('wait_timeout: 60', 'dry-run');
    world.open();
    world.watch.decide();
    expect(tell('close', '{"ip": "198.51.100.7"}')).toMatchObject({ closed: 1, connections: 1 });
    expect(ended()).toEqual([]);
    expect(world.log).toEqual(['a rule would end this connection']);
    expect(world.figures.connections).toBe(1);
  });

  it('never ends connections that this machine opened, and knows no other service', () => {
    world.open(CONNECTED);
    world.watch.decide();
    expect(tell('close', '{"ip": "198.51.100.7"}')).toMatchObject({ closed: 0 });
    expect(world.watch.command('mail', parseCommand('drain', ''))).toBeUndefined();
    expect(ended()).toEqual([]);
  });

  it('lasts over a reload of the file', async () => {
    tell('reject', '{"ip": "203.0.113.9"}');
    tell('drain');
    const { services } = await World.with('conn_limit: 5').then(({ watch }) => ({
      services: watch.services.map(({ config }) => config),
    }));
    world.watch.reload(services, [], 0n);
    const [group] = world.watch.services;
    expect(group?.isDraining).toBe(true);
    tell('undrain');
    world.open(ACCEPTED, 'scan', undefined, OTHER);
    world.open();
    world.watch.decide();
    expect(ended()).toEqual([['test_1', 'blacklist']]);
  });
});
