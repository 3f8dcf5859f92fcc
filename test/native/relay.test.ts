import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  ADDON_PATH_VARIABLE,
  netlink,
  type Relay,
  type RelayEvent,
  readRelayConnections,
  readRelayEvents,
} from '../../native/index.js';
import { until } from '../support/waiting.js';

const ROOT = resolve(import.meta.dirname, '../..');
const ADDON = process.env[ADDON_PATH_VARIABLE] ?? join(ROOT, 'native/build/Release/netlink.node');
const HOST = '127.0.0.1';

/** Passes a value that the types forbid. */
const wrong = (value: unknown): never => value as never;

function create(onEvent: (event: RelayEvent) => void = () => undefined): Relay {
  return new netlink.Relay({}, (batch) => {
    for (const event of readRelayEvents(batch)) onEvent(event);
  });
}

const threadNames = (): string[] =>
  readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim());

/** Runs a script in a separate process: `relay(onEvents)` listens, and `open()` connects to it. */
async function node(script: string): Promise<{ code: number | null; signal: string | null; stdout: string }> {
  const text = `
    const net = require('node:net');
    const addon = require(${JSON.stringify(ADDON)});
    let port;
    const relay = (onEvents) => {
      const made = new addon.Relay({}, onEvents);
      port = made.listen({ address: '${HOST}', port: 0 }).port;
      return made;
    };
    const open = () => net.connect(port, '${HOST}').on('error', () => {}).unref();
    ${script}`;
  try {
    return {
      code: 0,
      signal: null,
      ...(await promisify(execFile)(process.execPath, ['-e', text], { timeout: 25_000 })),
    };
  } catch (error) {
    return error as Awaited<ReturnType<typeof node>>;
  }
}

describe('a relay', () => {
  it('has no thread before the first listen, and none after close', async () => {
    const relay = create();
    expect(threadNames()).not.toContain('tcp-relay');
    expect(relay.totals()).toMatchObject({ accepted: 0, cpuNs: 0 });
    expect(relay.connections()).toHaveLength(0);
    relay.listen({ address: HOST, port: 0 });
    await until('the thread', () => threadNames().includes('tcp-relay'));
    await relay.close();
    expect(threadNames()).not.toContain('tcp-relay');
    expect(() => relay.listen({ address: HOST, port: 0 })).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
  });

  it('reports an address that is in use', async () => {
    const relay = create();
    const { port } = relay.listen({ address: HOST, port: 0 });
    const error = expect.objectContaining({ code: 'ERR_SYSTEM', errno: 98, syscall: 'bind' });
    expect(() => relay.listen({ address: HOST, port })).toThrow(error);
    await relay.close();
  });

  it('shows a connection that waits, and ends it when it closes', async () => {
    const events: RelayEvent[] = [];
    const relay = create((event) => events.push(event));
    const { port, listener } = relay.listen({ address: '::', port: 0 });
    const client = connect(port, HOST).on('error', () => undefined);
    await until('the connection', () => events.length > 0);
    const [row] = readRelayConnections(relay.connections());
    expect(row).toMatchObject({ listener, state: 'waiting', clientReceived: 0, waitingBytes: 0 });
    expect(events[0]).toMatchObject({ kind: 'accepted', connection: row?.connection, local: { port } });
    expect(relay.totals()).toMatchObject({ accepted: 1, waiting: 1 });
    await relay.close();
    expect(events.at(-1)).toMatchObject({ kind: 'ended', reason: 'relay-closed', wasConnected: false });
    client.destroy();
  });

  it.each([
    ['an address that is a name', (relay: Relay) => relay.listen({ address: 'localhost', port: 0 }), 'options.address'],
    ['a port out of range', (relay: Relay) => relay.listen({ address: HOST, port: 65_536 }), 'options.port'],
    ['a backend without a port', (relay: Relay) => relay.connect(1, { address: HOST, port: 0 }), 'options.port'],
    ['a fractional limit', (relay: Relay) => relay.setLimits(1, { idleMs: 0.5 }), 'options.idleMs'],
    [
      'first bytes that are too long',
      (relay: Relay) => relay.connect(1, { address: HOST, port: 1, firstBytes: new Uint8Array(4097) }),
      'options.firstBytes',
    ],
    ['another way to close', (relay: Relay) => relay.reject(1, wrong('now')), 'how'],
    ['a listener without a number', (relay: Relay) => relay.pause(wrong('1')), 'listener'],
  ])('throws a TypeError for %s', (_, call, name) => {
    expect(() => call(create())).toThrow(new RegExp(`^${name.replace('.', '\\.')} must be `));
  });

  it('keeps the process alive until it is closed', async () => {
    const { code, stdout } = await node(`
      const made = relay(() => {});
      setTimeout(async () => { await made.close(); console.log('closed'); }, 50).unref();
    `);
    expect([code, stdout]).toEqual([0, 'closed\n']);
  });

  it.each([
    ['process.exit', `relay(() => {}); open(); setTimeout(() => process.exit(7), 30);`, 7],
    ['process.exit in the callback', `relay(() => process.exit(7)); open();`, 7],
    ['process.exit while it closes', `const r = relay(() => {}); open(); r.close(); process.exit(7);`, 7],
    ['an uncaught exception of the callback', `relay(() => { throw new Error('mine'); }); open();`, 1],
  ])('ends with the process: %s', async (_, script, expected) => {
    const { code, signal } = await node(script);
    expect([code, signal ?? null]).toEqual([expected, null]);
  });
});
