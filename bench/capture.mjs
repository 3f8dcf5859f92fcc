// The parts of the code by themselves, on records of connections that are made for it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAR } from './lab.mjs';

/** Long enough for 200 records of a connection that sends 10 times a second. */
const SECONDS = 25;
const CONNECTIONS = 20;
/** How often all of them send, milliseconds, and the port of each kind. */
const KINDS = [
  { port: 30_000, everyMs: 10 },
  { port: 30_001, everyMs: 100 },
];
/** Room for all that a round allocates, so that nothing is collected while bytes are counted. */
const NODE_FLAGS = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=256'];

/** Records of many connections, busy and slow; then what each part takes of them. See micro.mjs. */
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
