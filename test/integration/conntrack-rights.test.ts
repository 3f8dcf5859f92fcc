import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { haveConntrackLab, it as labIt } from '../support/conntrack-lab.js';
import { requireBuilt } from '../support/daemon.js';
import { havePrograms } from '../support/programs.js';
import { UNPRIVILEGED } from '../support/run.js';

const MODULE = join(resolve(import.meta.dirname, '../..'), 'dist/conntrack/kernel/index.js');
const ENDS = `{ protocol: 'udp', local: { address: '127.0.0.1', port: 1 }, remote: { address: '127.0.0.1', port: 2 } }`;

/** Script that does everything once, and prints each result or the code and message of its error. */
const SCRIPT = `
  import * as conntrack from ${JSON.stringify(MODULE)};
  const attempt = async (what, act) => {
    try {
      console.log(what, JSON.stringify(await act()));
    } catch (error) {
      console.log(what, error.name, error.code, error.message);
    }
  };
  await attempt('counts', () => conntrack.readConntrackCounts() !== undefined);
  await attempt('list', async () => {
    const flows = [];
    for await (const flow of conntrack.listFlows()) flows.push(flow);
    return flows;
  });
  await attempt('get', async () => (await conntrack.getFlow(${ENDS})) === undefined);
  await attempt('delete', () => conntrack.deleteFlow({ ...${ENDS}, id: 1 }));
  await attempt('ask', async () => (await conntrack.askConntrackCounts()).entries);
  await attempt('follow', async () => {
    const follower = await conntrack.followFlows();
    return (await follower.return()).done;
  });
  await attempt('track', async () => {
    const tracker = new conntrack.ConnectionTracker();
    await tracker.ready;
    const { ready, connections } = tracker.connections();
    await tracker.close();
    return { ready, connections };
  });
`;
/** Makes two flows in its namespace, and then runs a program. */
const WITH_FLOWS = `
  ip link set lo up &&
  python3 "$0/tracking.py" '[{"kind": "track"}]' &&
  python3 "$0/datagrams.py" 127.0.0.1 7000 2 &&
  exec "$@"
`;
/** Script that lists flows, deletes one of them, and prints both numbers of flows. */
const DELETING = `
  import * as conntrack from ${JSON.stringify(MODULE)};
  const list = async () => {
    const flows = [];
    for await (const flow of conntrack.listFlows()) flows.push(flow);
    return flows;
  };
  const [flow, ...others] = await list();
  const [local, remote] = [[flow.orig.src, flow.orig.sport], [flow.orig.dst, flow.orig.dport]].map(
    ([address, port]) => ({ address, port }),
  );
  const { isDeleted } = await conntrack.deleteFlow({ protocol: 'udp', local, remote, id: flow.id });
  console.log(others.length + 1, isDeleted, (await list()).length, conntrack.readConntrackCounts().entries);
`;
const SCRIPT_ARGS = [process.execPath, '--input-type=module', '-e', SCRIPT] as const;

describe.runIf(haveConntrackLab('tests of the rights that flows need'))('flows without rights', () => {
  labIt.runIf(havePrograms('tests without privileges', 'setpriv'))(
    'are refused in a sentence, but counted',
    ({ lab }) => {
      requireBuilt();
      const [program, ...options] = UNPRIVILEGED;
      const printed = lab.near
        .run(program, ...options, ...SCRIPT_ARGS)
        .trimEnd()
        .split('\n');
      const missing = 'needs CAP_NET_ADMIN in the user namespace that owns the network namespace';
      const refused = (what: string, operation: string): string =>
        `${what} ConntrackError ERR_PERMISSION ${operation}: ${missing}`;
      expect(printed).toEqual([
        'counts true',
        refused('list', 'list flows'),
        refused('get', 'get a flow'),
        refused('delete', 'delete a flow'),
        refused('ask', 'count flows'),
        refused('follow', 'follow flows'),
        refused('track', 'follow flows'),
      ]);
    },
  );
});

describe.runIf(havePrograms('tests of flows in a user namespace', 'unshare'))('root of a user namespace', () => {
  it('may do everything', () => {
    requireBuilt();
    const printed = execFileSync('unshare', ['-Urn', ...SCRIPT_ARGS], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    expect(printed).toEqual([
      'counts true',
      'list []',
      'get true',
      'delete {"wasThere":false,"isDeleted":false}',
      'ask 0',
      'follow true',
      'track {"ready":true,"connections":[]}',
    ]);
  });

  it.runIf(havePrograms('tests of flows in a user namespace', 'ip', 'python3'))('lists and deletes its flows', () => {
    requireBuilt();
    const support = resolve(import.meta.dirname, '../support');
    const program = [process.execPath, '--input-type=module', '-e', DELETING];
    const printed = execFileSync('unshare', ['-Urn', 'sh', '-c', WITH_FLOWS, support, ...program], {
      encoding: 'utf8',
    });
    expect(printed).toBe('2 true 1 1\n');
  });
});
