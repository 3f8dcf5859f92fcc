/**
 * HTTP client for tests: http-load.mjs HOST PORT CONNECTIONS REQUESTS [HOST_HEADER]. Each connection asks that often, every
 * tenth time below /error, every third time with POST and a body. Prints what it counted, as JSON, and ends at the next
 * line of its input, so that its connections stay.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';

const [, , host, port, connections = '1', requests = '1', name = 'www.example.com'] = process.argv;
const counts = { requests: 0, gets: 0, posts: 0, ok: 0, errors: 0, requestBody: 0 };
const BODY = 'x'.repeat(100);

async function ask(agent, i) {
  const isPost = i % 3 === 0;
  const path = i % 10 === 0 ? '/error/page?token=SECRET-QUERY' : '/pages/page';
  const sent = request({ host, port, path, agent, method: isPost ? 'POST' : 'GET', headers: { host: name } });
  counts.requests++;
  counts[isPost ? 'posts' : 'gets']++;
  if (isPost) counts.requestBody += BODY.length;
  if (isPost) sent.setHeader('content-length', BODY.length);
  sent.end(isPost ? BODY : undefined);
  const [response] = await once(sent, 'response');
  counts[response.statusCode === 200 ? 'ok' : 'errors']++;
  response.resume();
  await once(response, 'end');
}

await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < Number(requests); i++) await ask(agent, i);
  }),
);
console.log(JSON.stringify(counts));
await once(process.stdin, 'data');
process.exit(0);
