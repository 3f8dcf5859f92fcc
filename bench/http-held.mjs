// Captures HTTP in its network namespace, and prints the memory that it holds, without garbage, after SIGUSR2. Called by
// bench/http.mjs, with --expose-gc.
import { followHttp } from '../dist/http/kernel/index.js';

const follower = await followHttp({ ports: [80] });
process.on('SIGUSR2', () => {
  // Twice: what finalizers of the first pass free is gone after the second one.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ bytes: heapUsed + external, heapUsed, external, rss })}\n`);
});
process.once('SIGTERM', () => void follower.close());
let exchanges = 0;
for await (const _ of follower) exchanges++;
process.stderr.write(`${exchanges} exchanges\n`);
