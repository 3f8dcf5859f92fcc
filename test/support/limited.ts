import { join } from 'node:path';
import { expect } from 'vitest';
import { type ConnectionRow, Connections } from '../../analysis/index.js';
import { decodeRecord } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { archivePaths, readArchiveText } from './archives.js';
import { DaemonProcess } from './daemon.js';
import type { Lab } from './lab.js';
import { Path, type PathOptions } from './path.js';
import { Running } from './running.js';
import { until } from './waiting.js';

const PROGRAM = join(import.meta.dirname, 'limited.py');
const PORT = 5201;

/** Traffic of one connection: near connects to far, over a path with one defect. */
export interface Traffic {
  readonly path?: PathOptions;
  /** Mode and flags of limited.py on the far side, which accepts. */
  readonly far: readonly [mode: 'read' | 'serve' | 'converse', ...flags: string[]];
  /** Mode and flags of limited.py on the near side, which connects. */
  readonly near: readonly [mode: 'send' | 'ask' | 'talk', ...flags: string[]];
  /** Largest send buffer of both sides, if the kernel's is too small. */
  readonly wmemMax?: number;
  /** Initial receive buffer of the far side: the kernel's own grows with the data, and limits a long path. */
  readonly rmem?: number;
}

/** Recording of one side of a connection. */
export interface RecordedEnd {
  /** Folder of its archives. */
  readonly output: string;
  readonly row: ConnectionRow;
  /** Last metrics page of the collector. */
  readonly metrics: string;
}

/** Records one connection on both sides. */
export async function recordBothEnds(
  lab: Lab,
  { path: options = {}, far, near, wmemMax, rmem }: Traffic,
): Promise<Readonly<Record<'near' | 'far', RecordedEnd>>> {
  for (const end of wmemMax === undefined ? [] : [lab.near, lab.far]) {
    end.run('sh', '-c', `echo 4096 16384 ${wmemMax} > /proc/sys/net/ipv4/tcp_wmem`);
  }
  if (rmem !== undefined) lab.far.run('sh', '-c', `echo 4096 ${rmem} ${rmem} > /proc/sys/net/ipv4/tcp_rmem`);
  await using path = await Path.lay(lab.near, lab.far, options);
  const output = join(lab.folder, 'far');
  const daemons = {
    near: await lab.startDaemon(),
    far: await DaemonProcess.start({ namespace: lab.far, scraper: lab.farPeer, output }),
  };
  const metrics = { near: '', far: '' };
  try {
    const [farMode, ...farFlags] = far;
    await using acceptor = Running.inside(lab.far, 'python3', PROGRAM, farMode, String(PORT), ...farFlags);
    await until('the far program', () => acceptor.output.includes('ready'));
    const [nearMode, ...nearFlags] = near;
    const to = [nearMode, path.farIpv4, String(PORT), ...nearFlags];
    await using connector = Running.inside(lab.near, 'python3', PROGRAM, ...to);
    expect(await connector.ended(60_000), connector.output).toBe(0);
    expect(await acceptor.ended(60_000), acceptor.output).toBe(0);
    for (const end of ['near', 'far'] as const) {
      await until('all ends', async () => (await daemons[end].metric('tcpinfo_connections')) === 0, 60_000);
      metrics[end] = await daemons[end].scrape();
    }
    await Promise.all([daemons.near.stop(), daemons.far.stop()]);
  } finally {
    await daemons.far.abandon();
  }
  const recorded = (end: 'near' | 'far'): RecordedEnd => ({
    output: daemons[end].output,
    row: onlyConnection(daemons[end].output),
    metrics: metrics[end],
  });
  return { near: recorded('near'), far: recorded('far') };
}

/** Returns the only connection in a folder of archives. @throws when there is another number */
export function onlyConnection(output: string): ConnectionRow {
  const rows: ConnectionRow[] = [];
  const all = new Connections((row) => rows.push(row));
  const view = new RecordView();
  for (const path of archivePaths(output)) {
    const lines = readArchiveText(path).trimEnd().split('\n');
    for (const record of lines.map(decodeRecord)) {
      if (record.metadata !== undefined) all.begin(record.metadata);
      if (record.rawIdm === undefined) continue;
      view.load(record);
      all.add(view);
    }
  }
  all.end();
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`${rows.length} connections in ${output}`);
  return row;
}
