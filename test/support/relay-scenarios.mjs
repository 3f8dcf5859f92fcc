// Scenarios of a relay with real sockets, for test/integration/relay.test.ts, in a network namespace of their own:
// `node relay-scenarios.mjs NAME [ARGUMENT]` prints one line of JSON.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { netlink, readRelayConnections, readRelayEvents } from '../../dist/native/index.js';

const HOST = '127.0.0.1';
/** Length up to which bytes are kept as text. */
const MAX_TEXT = 65_536;
const [name, argument] = process.argv.slice(2);

/** Returns an object whose promise `ended` resolves with the events of so many ended connections. */
function startRelay(backend, { connections = 1, options = {}, onEvent = () => undefined } = {}) {
  const events = [];
  const { promise: ended, resolve } = withResolvers();
  let left = connections;
  const relay = new netlink.Relay(options, (batch) => {
    for (const event of readRelayEvents(batch)) {
      events.push(event);
      if (event.kind === 'accepted') relay.connect(event.connection, backend);
      if (event.kind === 'connect-failed') relay.reject(event.connection, 'rst');
      onEvent(event, relay);
      if (event.kind === 'ended' && --left === 0) resolve(events.filter(({ kind }) => kind === 'ended'));
    }
  });
  const { port } = relay.listen({ address: '::', port: 0 });
  return { relay, port, events, ended };
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve) => {
    made.resolve = resolve;
  });
  return made;
}

async function listen(onConnection) {
  const server = net.createServer({ allowHalfOpen: true }, onConnection);
  server.listen({ host: HOST, port: 0, backlog: 4096 });
  await once(server, 'listening');
  return { server, backend: { address: HOST, port: server.address().port } };
}

const connect = (port) => net.connect({ host: HOST, port, allowHalfOpen: true });

/** Reads a socket to its FIN. Returns length, checksum and text, or the code of its error. */
function readAll(socket) {
  const hash = createHash('sha256');
  const chunks = [];
  let length = 0;
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      hash.update(chunk);
      if (length < MAX_TEXT) chunks.push(chunk);
      length += chunk.length;
    });
    socket.on('end', () => resolve({ length, hash: hash.digest('hex'), text: String(Buffer.concat(chunks)) }));
    socket.on('error', (error) => resolve({ error: error.code }));
    socket.resume();
  });
}

/** Removes what differs between runs. */
const shown = ({ kind, reason, errno, clientReceived, backendSent, backendReceived, clientSent, wasReset }) => ({
  ...{ kind, reason, errno, wasReset },
  bytes: [clientReceived, backendSent, backendReceived, clientSent],
});

const SENT = Buffer.alloc(3_000_000, 'tcp-info ');
const SENT_HASH = createHash('sha256').update(SENT).digest('hex');

const scenarios = {
  async 'half-close by the client'() {
    const { server, backend } = await listen(async (socket) => {
      const request = await readAll(socket);
      socket.end(`${request.hash === SENT_HASH ? 'whole' : 'broken'} ${request.length}`);
    });
    const { port, ended, relay } = startRelay(backend);
    const socket = connect(port);
    socket.end(SENT);
    const { text } = await readAll(socket);
    const [event] = await ended;
    server.close();
    await relay.close();
    return { answer: text, event: shown(event) };
  },

  async 'half-close by the backend'() {
    const { promise, resolve } = withResolvers();
    const { server, backend } = await listen((socket) => {
      socket.end('greeting');
      resolve(readAll(socket));
    });
    const { port, ended, relay } = startRelay(backend);
    const socket = connect(port);
    const greeting = await readAll(socket);
    socket.end(SENT);
    const [event] = await ended;
    const request = await promise;
    server.close();
    await relay.close();
    return { greeting: greeting.length, isWhole: request.hash === SENT_HASH, event: shown(event) };
  },

  async 'reset by the client'() {
    const { promise, resolve } = withResolvers();
    const { server, backend } = await listen((socket) => resolve(readAll(socket)));
    const { port, ended, relay } = startRelay(backend, {
      onEvent: (event) => event.kind === 'connected' && socket.resetAndDestroy(),
    });
    const socket = connect(port);
    const [event] = await ended;
    const seen = await promise;
    server.close();
    await relay.close();
    return { seen, event: shown(event) };
  },

  async 'reset by the backend'() {
    const { server, backend } = await listen((socket) => socket.resetAndDestroy());
    const { port, ended, relay } = startRelay(backend);
    const seen = await readAll(connect(port));
    const [event] = await ended;
    server.close();
    await relay.close();
    return { seen, event: shown(event) };
  },

  async 'refusing backend'() {
    const { server, backend } = await listen();
    server.close();
    const { port, ended, relay, events } = startRelay(backend);
    const seen = await readAll(connect(port));
    const [event] = await ended;
    await relay.close();
    const { errno, syscall } = events.find(({ kind }) => kind === 'connect-failed');
    return { seen, errno, syscall, event: shown(event) };
  },

  async 'silent backend'() {
    const { port, ended, relay, events } = startRelay({ address: argument, port: 9, connectTimeoutMs: 200 });
    const seen = await readAll(connect(port));
    await ended;
    await relay.close();
    const { errno, connectUs } = events.find(({ kind }) => kind === 'connect-failed');
    return { seen, errno, isInTime: connectUs >= 200_000 && connectUs < 5_000_000 };
  },

  async 'slow reader'() {
    const total = 300_000_000;
    const { server, backend } = await listen((socket) => {
      socket.end(Buffer.alloc(total, 'x'));
      socket.resume();
    });
    const { port, ended, relay } = startRelay(backend);
    const socket = connect(port);
    socket.pause();
    let waiting = 0;
    let buffers = 0;
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      waiting = Math.max(waiting, ...readRelayConnections(relay.connections()).map((row) => row.waitingBytes));
      buffers = Math.max(buffers, relay.totals().buffers);
    }
    socket.end();
    const { length } = await readAll(socket);
    const [event] = await ended;
    server.close();
    await relay.close();
    return { waiting, buffers, length, sent: event.clientSent, total };
  },

  async 'no descriptor left'() {
    const count = 60;
    const { server, backend } = await listen((socket) => {
      socket.on('error', () => undefined).pipe(socket);
    });
    const limited = ['--nofile=100', process.execPath, import.meta.filename, 'limited relay', String(backend.port)];
    const child = spawn('prlimit', limited, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const { port } = JSON.parse((await lines.next()).value);
    let echoed = 0;
    const { promise: stalled, resolve: stall } = withResolvers();
    const one = async () => {
      const socket = connect(port);
      socket.write('x');
      await once(socket, 'data');
      echoed++;
      await stalled;
      socket.end();
      return (await readAll(socket)).error;
    };
    const all = Promise.all(Array.from({ length: count }, one));
    const { errno } = JSON.parse((await lines.next()).value);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = echoed;
    stall();
    const errors = (await all).filter((error) => error !== undefined);
    child.stdin.end();
    server.close();
    return { errno, isPartial: before > 0 && before < count, echoed, count, errors };
  },

  /** Relays to a port until standard input ends, and prints each stop of accepting. */
  async 'limited relay'() {
    const relay = new netlink.Relay({}, (batch) => {
      for (const event of readRelayEvents(batch)) {
        if (event.kind === 'accepted') relay.connect(event.connection, { address: HOST, port: Number(argument) });
        if (event.kind === 'accepting' || event.kind === 'connect-failed')
          process.stdout.write(`${JSON.stringify(event)}\n`);
      }
    });
    process.stdout.write(`${JSON.stringify(relay.listen({ address: HOST, port: 0 }))}\n`);
    await once(process.stdin.resume(), 'end');
    await relay.close();
    return {};
  },

  async 'many connections'() {
    const count = 2000;
    const { server, backend } = await listen((socket) => {
      socket.on('error', () => undefined).pipe(socket);
    });
    const { port, ended, relay } = startRelay(backend, { connections: count });
    let whole = 0;
    const one = async (index) => {
      const socket = connect(port);
      const text = `connection ${index} `.repeat(1 + (index % 500));
      socket.end(text);
      const answer = await readAll(socket);
      if (answer.text === text) whole++;
    };
    await Promise.all(Array.from({ length: count }, (_, index) => one(index)));
    const events = await ended;
    const { accepted, buffers, waiting } = relay.totals();
    server.close();
    await relay.close();
    return { whole, accepted, buffers, waiting, ids: new Set(events.map(({ connection }) => connection)).size };
  },
};

const scenario = scenarios[name];
if (scenario === undefined) throw new Error(`unknown scenario ${name}`);
process.stdout.write(`${JSON.stringify(await scenario())}\n`);
