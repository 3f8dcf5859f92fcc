// Makes TCP traffic for tests. Runs inside a network namespace. Reads one JSON request per line on stdin, and answers
// each on stdout under its `request` number, with `result` or `error`. It sends zero bytes, and counts and discards
// received data. Sockets stay half open until a request closes them. Ends with its stdin.
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Sockets by number, each with its read count and state. */
const connections = new Map();
/** Accepted connections, by listener port and remote port: `5001:40000`. */
const taken = new Map();
/** Waiting requests: checked again after each event. */
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
  /** Listens for connections. */
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
  /** Returns the connection that a listener accepted from this remote port. */
  async accepted({ port, remotePort }) {
    return describe(await wait(() => taken.get(`${port}:${remotePort}`)));
  },
  /** Opens connections, all at once. */
  async connect({ count = 1, ...where }) {
    const opened = Array.from({ length: count }, () => open(where));
    return await Promise.all(opened.map(connected));
  },
  /** Starts to open a connection, without waiting for it. */
  async attempt(where) {
    return { id: open(where).id };
  },
  /** Writes bytes to the socket. */
  async send({ id, bytes }) {
    await write(the(id), bytes);
    return {};
  },
  /** Waits until this many bytes were read in total. */
  async received({ id, bytes }) {
    const connection = the(id);
    return await wait(() => connection.read >= bytes && { bytes: connection.read });
  },
  /** Sends a piece on each connection repeatedly. */
  async stream({ ids, bytes, everyMs }) {
    for (const connection of ids.map(the)) {
      connection.timer = setInterval(() => {
        if (connection.socket.writableLength === 0) void write(connection, bytes);
      }, everyMs);
    }
    return {};
  },
  /** Ends a stream, and returns the total bytes sent on each connection. */
  async halt({ ids }) {
    return await Promise.all(
      ids.map(the).map(async (connection) => {
        clearInterval(connection.timer);
        await wait(() => connection.socket.writableLength === 0 || connection.closed).finally(() => undefined);
        return connection.written;
      }),
    );
  },
  /** Stops reading the socket. */
  async hold({ id }) {
    the(id).socket.pause();
    // A full stream stops reading its socket; one that is only paused does not.
    the(id).socket._handle.readStop();
    return {};
  },
  /** Sends FIN, and continues to read. */
  async end({ id }) {
    the(id).socket.end();
    return {};
  },
  /** Waits for the other side's FIN. */
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
  /** Waits until the socket is closed, and returns its error. */
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
// 'drain' restarts a stopped stream.
setInterval(happened, 20).unref();
