// Runs many hostile clients of one address until it is ended: `node hostile.mjs KIND COUNT HOST PORT`. A client whose
// connection ends reconnects a second later. Prints `ready` when all have tried to connect, and a line of JSON each
// second.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [kind, count, host, port] = process.argv.slice(2);
const REQUEST = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
const AGAIN_MS = 1000;
/** New connections per 50 ms. Thousands at once would overload this process itself. */
const AT_ONCE = 250;

const sockets = new Set();
let connects = 0;

const KINDS = {
  idle: () => undefined,
  slow: (socket) => socket.write('GET /healthz HTTP/1.1\r\nX: '),
  unread: (socket) => socket.pause().write(REQUEST),
  pipeline: (socket) => socket.pause().write(REQUEST.repeat(200)),
  flood: (socket) => {
    socket.on('data', () => undefined);
    socket.write(REQUEST);
    const timer = setInterval(() => socket.write(REQUEST), 10);
    socket.once('close', () => clearInterval(timer));
  },
};
const start = KINDS[kind];
if (start === undefined) throw new Error(`${kind}: expected one of ${Object.keys(KINDS).join(', ')}`);

function open() {
  const socket = connect({ host, port: Number(port), noDelay: true }, () => {
    connects++;
    start(socket);
  });
  sockets.add(socket);
  socket.on('error', () => undefined); // refused, reset or timed out: 'close' follows
  socket.on('close', () => {
    sockets.delete(socket);
    setTimeout(open, AGAIN_MS);
  });
  if (kind !== 'unread' && kind !== 'pipeline') socket.resume();
}

for (let opened = 0; opened < Number(count); opened++) {
  open();
  if (opened % AT_ONCE === AT_ONCE - 1) await sleep(50);
}
process.stdout.write('ready\n');
setInterval(() => {
  if (kind === 'slow') for (const socket of sockets) if (!socket.connecting) socket.write('a');
  process.stdout.write(`${JSON.stringify({ sockets: sockets.size, connects })}\n`);
}, 1000);
