// Follows HTTP in its own network namespace, with its own server and client: http-alone.mjs REQUESTS [MAX_QUEUED]
// Prints what it saw as JSON, or the error.
import { Agent, createServer, get } from 'node:http';
import { followHttp } from '../../dist/http/kernel/index.js';

const PORT = 8000;
const [requests, maxQueued] = process.argv.slice(2).map(Number);

async function ask(agent) {
  await new Promise((resolve, reject) => {
    const headers = { Authorization: 'secret' };
    get({ port: PORT, host: '127.0.0.1', path: '/a/b?c', agent, headers }, (answer) =>
      answer.resume().once('end', resolve),
    ).once('error', reject);
  });
}

try {
  const follower = await followHttp({ ports: [PORT], uuidPrefix: 'alone', ...(maxQueued ? { maxQueued } : {}) });
  const server = createServer((_, answer) => answer.end('hello'));
  await new Promise((resolve) => server.listen(PORT, '127.0.0.1', resolve));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < requests; i++) await ask(agent);
  agent.destroy();
  server.close();
  await follower.close();
  const exchanges = [];
  for await (const { method, path, status, side, connection, headers } of follower) {
    exchanges.push({ method, path, status, side, uuid: connection?.uuid, headers });
  }
  process.stdout.write(JSON.stringify({ exchanges, counts: follower.counts }));
} catch ({ name, code, message }) {
  process.stdout.write(JSON.stringify({ error: { name, code, message } }));
}
