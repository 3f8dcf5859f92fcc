import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientContext, run } from '../../../cmd/example-eventsocket-client/run.js';
import {
  makeConnection,
  makeConnectionWith,
  makeDirectory,
  makeServer,
  until,
  uuidOf,
} from '../../live/eventsocket/harness.js';
import { tcpInfoBytes } from '../../support/messages.js';

let directory: ReturnType<typeof makeDirectory>;
let path: string;
beforeEach(() => {
  directory = makeDirectory();
  path = join(directory.path, 'events.sock');
});
afterEach(() => directory.remove());

class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function start(args: readonly string[], more: Partial<ClientContext> = {}) {
  const stdout = new Sink();
  const stderr = new Sink();
  const { signal } = new AbortController();
  return { stdout, stderr, exit: run({ args, env: {}, stdout, stderr, signal, ...more }) };
}

describe('example-eventsocket-client', () => {
  it('prints a line for each open and close, and ends with the server', async () => {
    const { server } = makeServer();
    await server.listen(path);
    const { stdout, stderr, exit } = start([`-tcpinfo.eventsocket=${path}`]);
    await until('it is connected', () => server.clients === 1);
    server.opened(makeConnection(0xd5c5));
    server.closed(makeConnection(0xd5c5), { timestamp: '2026-11-20T23:28:03.3Z', cause: 'vanished' });
    await server.close();
    expect(await exit).toBe(0);
    expect(stdout.text).toBe(
      `open\t2026-11-20T23:28:03.06902869Z\t${uuidOf(0xd5c5)}\t10.88.0.1\t5001\t10.88.213.197\t54725\t0\tD5C5\n` +
        `close\t2026-11-20T23:28:03.3Z\t${uuidOf(0xd5c5)}\n`,
    );
    expect(stderr.text).toBe(
      `example-eventsocket-client: connected to ${path}\n` + `example-eventsocket-client: the server closed ${path}\n`,
    );
  });

  it("appends fields beyond the reference's", async () => {
    const connection = makeConnectionWith(5, tcpInfoBytes(3, 4).subarray(0, 136));
    const { server } = makeServer({ v2: true, live: () => [connection] });
    await server.listen(path);
    const { stdout, exit } = start([`-tcpinfo.eventsocket=${path}`]);
    await until('it is connected', () => server.clients === 1);
    server.closed(connection, { timestamp: '2026-11-20T23:28:03.3Z', cause: 'vanished' });
    await server.close();
    expect(await exit).toBe(0);
    expect(stdout.text).toBe(
      `open\t2026-11-20T23:28:03.06902869Z\t${uuidOf(5)}\t10.88.0.1\t5001\t10.88.0.5\t5\t0\t5\tsequence=0\tdropped=0\treplay=true\n` +
        `close\t2026-11-20T23:28:03.3Z\t${uuidOf(5)}\tsequence=1\tdropped=0\tstartTime=2026-11-20T23:28:03.06902869Z\t` +
        'cause=vanished\tbytesAcked=0\tbytesReceived=4\ttotalRetrans=0\trttUs=0\trttvarUs=0\n',
    );
  });

  it('accepts the path in every form, a flag before the environment', async () => {
    const { server } = makeServer();
    await server.listen(path);
    for (const [args, env] of [
      [['-tcpinfo.eventsocket', path], {}],
      [['--tcpinfo.eventsocket', path], { TCPINFO_EVENTSOCKET: '/nowhere' }],
      [[`--tcpinfo.eventsocket=${path}`], {}],
      [[], { TCPINFO_EVENTSOCKET: path }],
    ] as const) {
      const stop = new AbortController();
      const { exit, stderr } = start(args, { env, signal: stop.signal });
      await until('it is connected', () => stderr.text.includes('connected'));
      stop.abort();
      expect(await exit).toBe(0);
    }
    await server.close();
  });

  it.each([
    [[]],
    [['-tcpinfo.eventsocket=']],
    [['-tcpinfo.eventsocket']],
    [['-no-such-flag']],
  ])('rejects %j as a usage error', async (args) => {
    const { stdout, stderr, exit } = start(args);
    expect(await exit).toBe(2);
    expect(stdout.text).toBe('');
    expect(stderr.text).toContain(args[0]?.includes('no-such') ? 'no-such-flag' : 'tcpinfo.eventsocket');
    expect(stderr.text).toMatch(/^example-eventsocket-client: .+\n$/);
  });

  it('reports why it cannot connect', async () => {
    const { stdout, stderr, exit } = start(['-tcpinfo.eventsocket', path]);
    expect(await exit).toBe(1);
    expect(stdout.text).toBe('');
    expect(stderr.text).toBe(
      `example-eventsocket-client: connect event socket ${path}: no such file or directory (ENOENT)\n`,
    );
  });

  it('prints help and version', async () => {
    for (const flag of ['-h', '-help', '--help']) {
      const { stdout, exit } = start([flag]);
      expect(await exit).toBe(0);
      expect(stdout.text).toContain('-tcpinfo.eventsocket PATH');
    }
    const { stdout, exit } = start(['-version']);
    expect(await exit).toBe(0);
    expect(stdout.text).toMatch(
      /^example-eventsocket-client \d+\.\d+\.\d+( \(commit [0-9a-f]{7}(, with changes)?\))?\n$/,
    );
  });
});
