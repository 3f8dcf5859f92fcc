// Load between two network namespaces: `node load.mjs server HOST PORT`, or
// `node load.mjs client HOST PORT CONNECTIONS ACTIVE`, which holds its connections and, every 10 ms, sends 100 bytes on
// ACTIVE of them in turn. Prints `ready` when it listens or when all connections stand.
import net from 'node:net';

const [role, host, port, connections = '0', active = '0'] = process.argv.slice(2);

if (role === 'server') {
  const server = net.createServer((socket) => {
    socket.resume();
    socket.on('error', () => undefined); // the other side goes without a word when it is killed
  });
  server.listen({ host, port: Number(port), backlog: 4096 }, () => console.log('ready'));
} else {
  const sockets = await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      const socket = net.connect({ host, port: Number(port), noDelay: true });
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      return socket;
    }),
  );
  console.log('ready');
  const payload = Buffer.alloc(100);
  let turn = 0;
  let due = performance.now();
  const beat = () => {
    for (let i = 0; i < Number(active); i++) sockets[turn++ % sockets.length]?.write(payload);
    due += 10;
    setTimeout(beat, Math.max(0, due - performance.now()));
  };
  if (Number(active) > 0) beat();
}
