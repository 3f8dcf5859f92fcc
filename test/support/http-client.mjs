/**
 * HTTP client for tests: http-client.mjs URL COUNT [PAUSE_MS]. It asks that often over one connection, one request
 * after the other, and prints how many answers came.
 */
import { Agent, get } from 'node:http';

const [, , url = '', count = '1', pauseMs = '0'] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let answers = 0;
for (let i = 0; i < Number(count); i++) {
  await new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.once('end', resolve);
    }).once('error', reject);
  });
  answers++;
  if (pauseMs !== '0') await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)));
}
agent.destroy();
console.log(`answers ${answers}`);
