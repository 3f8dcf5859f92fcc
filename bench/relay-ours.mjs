// Our relay as a program for bench/relay.mjs: `node relay-ours.mjs LISTEN_PORT BACKEND_PORT [BUSY_MS]`. With BUSY_MS its
// JavaScript is busy for so long, again and again, with a pause of 1 ms. Prints `ready`.
import { netlink, readRelayEvents } from '../dist/native/index.js';

const [port, backendPort, busyMs = 0] = process.argv.slice(2).map(Number);
const backend = { address: '127.0.0.1', port: backendPort, idleMs: 900_000 };
const relay = new netlink.Relay({}, (batch) => {
  for (const event of readRelayEvents(batch)) {
    if (event.kind === 'accepted') relay.connect(event.connection, backend);
    if (event.kind === 'connect-failed') relay.reject(event.connection, 'rst');
  }
});
relay.listen({ address: '127.0.0.1', port });
process.stdout.write('ready\n');

/** Time without work between two busy ones. */
const PAUSE_MS = 1;

function work() {
  const until = performance.now() + busyMs;
  while (performance.now() < until);
  setTimeout(work, PAUSE_MS);
}
if (busyMs > 0) work();
