// Requests a page ten times a second, each time on a new connection: `node probe.mjs URL SECONDS`. Prints a line of
// JSON: answers, failures, and response times.
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [url, seconds] = process.argv.slice(2);
const EVERY_MS = 100;
const TIMEOUT_MS = 5000;

function ask() {
  const began = performance.now();
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: TIMEOUT_MS }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200 ? performance.now() - began : undefined));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(undefined));
  });
}

const began = performance.now();
const took = [];
for (let due = 0; due < Number(seconds) * 1000; due += EVERY_MS) {
  await sleep(Math.max(0, began + due - performance.now()));
  took.push(await ask());
}
const answers = took.filter((ms) => ms !== undefined).sort((a, b) => a - b);
const at = (share) => Number((answers[Math.floor(share * (answers.length - 1))] ?? Number.NaN).toFixed(1));
const figures = { answers: answers.length, failed: took.length - answers.length, medianMs: at(0.5), mostMs: at(1) };
process.stdout.write(`${JSON.stringify(figures)}\n`);
