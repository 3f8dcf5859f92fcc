import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { byPorts, readOutput } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';
import { until } from '../support/waiting.js';

const FOUND = 'tcpinfo_process_lookups_total{result="found"}';

describe.skipIf(!haveLab('processes in archives'))('the process in an archive', () => {
  // The first frame of a connection that sends little is written at its end.
  it.for([
    'without',
    'beside',
  ] as const)('is there for a short and for an idle connection %s the live API', async (live, { lab }) => {
    const listener = live === 'beside' ? [`-live=unix:${join(lab.folder, 'live.sock')}`] : [];
    const daemon = await lab.startDaemon({ args: ['-archive.process', ...listener] });
    const port = await lab.farPeer.listen('0.0.0.0');
    const idle = await lab.connectOut(port);
    const short = await lab.connectOut(port);
    await until('both processes', async () => (await daemon.metric(FOUND)) === 2);
    await short.near.reset();
    await until('the end of the short one', async () => (await daemon.metric('tcpinfo_connections')) === 1);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });

    const recorded = readOutput(daemon.output);
    expect(recorded).toHaveLength(2);
    for (const { near } of [idle, short]) {
      const { files } = byPorts(recorded, near.localPort, port);
      expect(files).toHaveLength(1);
      expect(files[0]?.metadata.Process).toMatchObject({ Pid: lab.nearPeer.pid, Command: expect.any(String) });
    }
  });
});
