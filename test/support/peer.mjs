// Makes TCP traffic for tests. Runs inside a network namespace; takes one JSON request a line on stdin, and answers
// each on stdout under its `request` number, with `result` or `error`. What it sends is counted in bytes, all of them
// zero; what it gets is counted and thrown away. Sockets are left half open until told otherwise. Ends with its stdin.
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Sockets by number, each with what was read, and how it stands. */
const connections = new Map();
/** Those that a listener took, by its port and the other end's: `5001:40000`. */
const taken = new Map();
/** Requests that wait for something to happen: asked again after each event. */
const waiting = new Set();

function happened() {
  for (const check of waiting) check();
}

function wait(condition) {
  return new Promise((resolve, reject) => {
    const check = () => {
      try {
        const found = condition();
        if (found === undefined || found === false) return;
        resolve(found);
      } catch (error) {
        reject(error);
      }
      waiting.delete(check);
    };
    waiting.add(check);
    check();
  });
}

function adopt(socket) {
  const id = connections.size + 1;
  const connection = { id, socket, read: 0, written: 0, ended: false, closed: false, error: undefined };
  connections.set(id, connection);
  socket.on('data', (bytes) => {
    connection.read += bytes.length;
    happened();
  });
  socket.on('end', () => {
    connection.ended = true;
    happened();
  });
  socket.on('error', (error) => {
    connection.error = error.code;
    happened();
  });
  socket.on('close', () => {
    connection.closed = true;
    clearInterval(connection.timer);
    happened();
  });
  return connection;
}

function the(id) {
  const connection = connections.get(id);
  if (connection === undefined) throw new Error(`no connection ${id}`);
  return connection;
}

function describe({ id, socket }) {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  return { id, localAddress, localPort, remoteAddress, remotePort };
}

function write(connection, bytes) {
  connection.written += bytes;
  return new Promise((resolve) => connection.socket.write(Buffer.alloc(bytes), resolve));
}

function open({ host, port, localPort, localAddress }) {
  const socket = connect({
    host,
    port,
    allowHalfOpen: true,
    ...(localPort === undefined ? {} : { localPort }),
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  return adopt(socket);
}

async function connected(connection) {
  await wait(() => {
    if (connection.error !== undefined) throw Object.assign(new Error('connect'), { code: connection.error });
    return connection.socket.readyState === 'open';
  });
  return describe(connection);
}

const operations = {
  /** Takes connections. */
  listen({ host, port = 0, ipv6Only = false }) {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        taken.set(`${server.address().port}:${socket.remotePort}`, adopt(socket));
        happened();
      });
      server.once('error', reject);
      server.listen({ host, port, ipv6Only, backlog: 2048 }, () => resolve({ port: server.address().port }));
    });
  },
  /** The connection that a listener has taken from this remote port. */
  async accepted({ port, remotePort }) {
    return describe(await wait(() => taken.get(`${port}:${remotePort}`)));
  },
  /** Opens as many connections as wanted, at once. */
  async connect({ count = 1, ...where }) {
    const opened = Array.from({ length: count }, () => open(where));
    return await Promise.all(opened.map(connected));
  },
  /** Begins to open a connection, and does not wait for it. */
  async attempt(where) {
    return { id: open(where).id };
  },
  /** Hands bytes to the kernel. */
  async send({ id, bytes }) {
    await write(the(id), bytes);
    return {};
  },
  /** Waits until this many bytes were read since the beginning. */
  async received({ id, bytes }) {
    const connection = the(id);
    return await wait(() => connection.read >= bytes && { bytes: connection.read });
  },
  /** Sends a piece on each connection, again and again. */
  async stream({ ids, bytes, everyMs }) {
    for (const connection of ids.map(the)) {
      connection.timer = setInterval(() => {
        if (connection.socket.writableLength === 0) void write(connection, bytes);
      }, everyMs);
    }
    return {};
  },
  /** Ends that, and returns how many bytes were sent on each since the beginning. */
  async halt({ ids }) {
    return await Promise.all(
      ids.map(the).map(async (connection) => {
        clearInterval(connection.timer);
        await wait(() => connection.socket.writableLength === 0 || connection.closed).finally(() => undefined);
        return connection.written;
      }),
    );
  },
  /** Looks at the socket no more. */
  async hold({ id }) {
    the(id).socket.pause();
    // A stream that is full stops reading its socket; one that is merely paused does not.
    the(id).socket._handle.readStop();
    return {};
  },
  /** Sends FIN, and goes on to read. */
  async end({ id }) {
    the(id).socket.end();
    return {};
  },
  /** Waits for the other end's FIN. */
  async ended({ id }) {
    const connection = the(id);
    return await wait(() => connection.ended && { bytes: connection.read });
  },
  /** Closes the socket. */
  async destroy({ id }) {
    the(id).socket.destroy();
    return await operations.closed({ id });
  },
  /** Closes the socket with RST. */
  async reset({ id }) {
    the(id).socket.resetAndDestroy();
    return await operations.closed({ id });
  },
  /** Waits until the socket is closed, and says with which error. */
  async closed({ id }) {
    const connection = the(id);
    return await wait(() => connection.closed && { error: connection.error ?? null });
  },
  /** Fetches a page. */
  get({ url }) {
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: false }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts).toString() }));
      });
      request.on('error', reject);
    });
  },
};

async function answer(line) {
  const { request, op, ...args } = JSON.parse(line);
  let reply;
  try {
    reply = { request, result: await operations[op](args) };
  } catch (error) {
    reply = { request, error: { code: error.code ?? 'ERR_PEER', message: error.message } };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => void answer(line));
lines.on('close', () => process.exit(0));
// 'drain' moves a stopped stream on.
setInterval(happened, 20).unref();
