import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNamespacePair, haveNamespaces, type NamespacePair } from '../support/namespaces.js';
import { havePrograms } from '../support/programs.js';

const SCRIPT = join(import.meta.dirname, '../support/relay-scenarios.mjs');
const ECONNREFUSED = 111;
const ETIMEDOUT = 110;
const EMFILE = 24;
const BUFFER_BYTES = 65_536;

const isPossible = haveNamespaces('the relay with real sockets') && havePrograms('the relay', 'prlimit');

describe.runIf(isPossible)('a relay', () => {
  let pair: NamespacePair;
  beforeAll(() => {
    pair = createNamespacePair();
  });
  afterAll(() => pair.remove());

  /** Runs a scenario inside a namespace. */
  function run(name: string, ...args: readonly string[]): Record<string, unknown> {
    const output = pair.near.run('timeout', '60', process.execPath, SCRIPT, name, ...args);
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  }

  it('relays what the backend answers after the client has sent FIN', () => {
    expect(run('half-close by the client')).toMatchObject({
      answer: 'whole 3000000',
      event: { reason: 'client', wasReset: false, bytes: [3_000_000, 3_000_000, 13, 13] },
    });
  });

  it('relays what the client sends after the backend has sent FIN', () => {
    expect(run('half-close by the backend')).toMatchObject({
      greeting: 8,
      isWhole: true,
      event: { reason: 'backend', wasReset: false, bytes: [3_000_000, 3_000_000, 8, 8] },
    });
  });

  it.each(['client', 'backend'])('passes on a reset by the %s', (side) => {
    expect(run(`reset by the ${side}`)).toMatchObject({
      seen: { error: 'ECONNRESET' },
      event: { reason: `${side}-reset`, wasReset: true },
    });
  });

  it('reports a backend that refuses', () => {
    expect(run('refusing backend')).toMatchObject({
      seen: { error: 'ECONNRESET' },
      errno: ECONNREFUSED,
      syscall: 'connect',
      event: { reason: 'rejected' },
    });
  });

  it('gives up a backend that does not answer', () => {
    expect(run('silent backend', pair.silentIpv4)).toEqual({
      seen: { error: 'ECONNRESET' },
      errno: ETIMEDOUT,
      isInTime: true,
    });
  });

  it('holds one buffer for a direction whose reader is slow, and loses nothing', () => {
    const { waiting, buffers, length, sent, total } = run('slow reader');
    expect(waiting).toBeGreaterThan(0);
    expect(waiting).toBeLessThanOrEqual(BUFFER_BYTES);
    expect(buffers).toBe(1);
    expect([length, sent]).toEqual([total, total]);
  });

  it('stops accepting without descriptors, and serves every client in the end', () => {
    expect(run('no descriptor left')).toEqual({ errno: EMFILE, isPartial: true, echoed: 60, count: 60, errors: [] });
  });

  it('serves 2,000 connections at once', () => {
    expect(run('many connections')).toEqual({ whole: 2000, accepted: 2000, buffers: 0, waiting: 0, ids: 2000 });
  });
});
