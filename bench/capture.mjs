// Measures parts of the code separately, on records of connections that it makes.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAR } from './lab.mjs';

/** Duration of the capture: 200 records of a connection that sends 10 times a second. */
const SECONDS = 25;
const CONNECTIONS = 20;
/** Kinds of connections: their port, and the time between two sends in milliseconds. */
const KINDS = [
  { port: 30_000, everyMs: 10 },
  { port: 30_001, everyMs: 100 },
];
/** Heap flags with room for a round's allocations, so that there is no garbage collection during the measurement. */
const NODE_FLAGS = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=256'];

/** Records many busy and slow connections, then measures each part of the code on the records. See micro.mjs. */
export async function measureMicro(lab) {
  for (const { port, everyMs } of KINDS) {
    await lab.startLoad('hold-server', { address: FAR, port, active: 0, 'every-ms': 1000 });
    const sending = { active: CONNECTIONS, 'in-turn': 1, 'max-bytes': 100, 'every-ms': everyMs };
    await lab.startLoad('hold', { to: FAR, port, count: CONNECTIONS, seconds: 1000, ...sending });
  }
  const daemon = await lab.startDaemon();
  await sleep(SECONDS * 1000);
  await daemon.stop();
  await lab.killPrograms();
  const program = join(import.meta.dirname, 'micro.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [...NODE_FLAGS, program, lab.output], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`micro.mjs ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}
