import { join, resolve } from 'node:path';
import { describe, expect } from 'vitest';
import { haveConntrackLab, it } from '../support/conntrack-lab.js';
import { requireBuilt } from '../support/daemon.js';

const MODULE = join(resolve(import.meta.dirname, '../..'), 'dist/conntrack/kernel/index.js');
const ENDS = `{ protocol: 'udp', local: { address: '127.0.0.1', port: 1 }, remote: { address: '127.0.0.1', port: 2 } }`;

/** Script that does everything in another namespace, some times, and prints what is left: files, and threads. */
const script = (namespace: string): string => `
  import { readdirSync } from 'node:fs';
  import * as conntrack from ${JSON.stringify(MODULE)};
  const where = { namespace: ${JSON.stringify(namespace)} };
  const use = async () => {
    for await (const flow of conntrack.listFlows(where)) void flow;
    for await (const flow of conntrack.listFlows(where)) break;
    await conntrack.getFlow(${ENDS}, where);
    await conntrack.askConntrackCounts(where);
    await (await conntrack.followFlows(where)).return();
    const tracker = new conntrack.ConnectionTracker(where);
    await tracker.ready;
    await tracker.close();
    await new conntrack.ConnectionTracker(where).close();
  };
  const count = (name) => readdirSync('/proc/self/' + name).length;
  await use();
  const [files, threads] = [count('fd'), count('task')];
  for (let i = 0; i < 10; i++) await use();
  const more = count('fd') - files;
  // The kernel lists a thread for a moment after it was joined.
  while (count('task') > threads) await new Promise((resolve) => setTimeout(resolve, 1));
  console.log(more);
`;

describe.runIf(haveConntrackLab('tests of what is left open'))('connection tracking', () => {
  it('leaves neither files nor threads open', ({ lab }) => {
    requireBuilt();
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 100 });
    const printed = lab.far.run(process.execPath, '--input-type=module', '-e', script(lab.near.name));
    expect(printed).toBe('0\n');
  });
});
