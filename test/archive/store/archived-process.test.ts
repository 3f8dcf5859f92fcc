import { describe, expect, it } from 'vitest';
import { openFound } from '../../../archive/input/index.js';
import { findConnection } from '../../../archive/search/index.js';
import { openArchiveStore } from '../../../archive/store/index.js';
import type { StoreRow } from '../../../live/store/index.js';
import type { ArchivedFlow, ArchivedProcess } from '../../../parse/index.js';
import type { TextStyle } from '../../../view/chart/index.js';
import { ShownConnection, showHtml, showJson, showText } from '../../../view/connection/index.js';
import type { WrittenConnection } from '../../support/connections.js';
import { folderOf, OPEN, WEB } from './written.js';

const PLAIN: TextStyle = { width: 100, unicode: false, paint: (_, text) => text };
const PROCESS: ArchivedProcess = {
  ...{
    pid: 812,
    command: '\u001b[31m<b>x',
    unit: 'nginx.service',
    container: 'c0ffee'.repeat(8),
    pod: 'shop/web-5d8f',
  },
};

async function rowsOf(...connections: readonly WrittenConnection[]): Promise<StoreRow[]> {
  return [...(await openArchiveStore([await folderOf(...connections)])).rows()];
}

/** Returns what `show` prints of connections' archives. */
async function shown(
  ...parts: readonly WrittenConnection[]
): Promise<readonly [text: string, html: string, json: string]> {
  const folder = await folderOf(...parts);
  const options = { onProblem: () => undefined };
  const found = parts.map(({ uuid, start, sequence = 0 }) => {
    const name = `${uuid}.${String(sequence).padStart(5, '0')}.jsonl.zst`;
    return `${folder}/${start.slice(0, 10).replaceAll('-', '/')}/${name}`;
  });
  const reading = { found, archives: () => openFound(found, options), options };
  const result = await findConnection(WEB.uuid, reading, () => new ShownConnection());
  if (result.kind !== 'one' || result.connection.row === undefined) throw new Error('no connection');
  const { connection } = result;
  const { row } = connection;
  if (row === undefined) throw new Error('no row');
  return [showText(connection, row, 5, PLAIN), showHtml(connection, row, { version: '1' }), showJson(connection, row)];
}

describe('rows of archives with processes', () => {
  it('have process, unit, container and pod', async () => {
    const [row] = await rowsOf({ ...WEB, process: PROCESS });
    expect(row?.process).toEqual({
      ...{ pid: 812, command: PROCESS.command, executable: null, uid: null, user: null },
      ...{ otherPids: null, seenTime: null },
    });
    expect(row?.processUnknown).toBeNull();
    expect(row?.cgroup).toEqual({
      ...{ id: null, path: null, unit: 'nginx.service' },
      container: { id: PROCESS.container, runtime: null },
      pod: { uid: null, name: 'web-5d8f', namespace: 'shop', container: null },
    });
  });

  it('have the flow and what it hides, if it is translated', async () => {
    const [[address, port], [peer, peerPort]] = [WEB.local, WEB.remote];
    const orig = { src: address, sport: port, dst: peer, dport: peerPort };
    const reply = { src: '10.77.0.2', sport: 9001, dst: address, dport: port };
    const [translated] = await rowsOf({ ...WEB, conntrack: { id: 7, orig, reply, status: 0x20 } });
    expect(translated?.nat).toEqual({ kind: 'destination', destination: '10.77.0.2:9001', source: null });
    expect(translated?.flow).toEqual({ id: 7, orig, reply, status: 0x20 });
    const [plain] = await rowsOf({ ...WEB, conntrack: { id: 7, orig, reply, status: 0x18e } });
    expect([plain?.nat, plain?.flow?.id]).toEqual([null, 7]);
    const [without] = await rowsOf(WEB);
    expect([without?.nat, without?.flow]).toEqual([null, null]);
  });

  it('have the reason where a part is unknown', async () => {
    const store = await openArchiveStore([
      await folderOf(
        { ...WEB, process: { unit: 'a.service' } },
        { ...OPEN, process: { pod: '5d8f-uid' } },
        { ...OPEN, uuid: 'host_1_00000000000000D4' },
      ),
    ]);
    expect(
      [...store.rows()].map(({ process, processUnknown, cgroup }) => [process, processUnknown, cgroup?.pod]),
    ).toEqual(
      expect.arrayContaining([
        [null, 'gone', null],
        [null, 'gone', { uid: '5d8f-uid', name: null, namespace: null, container: null }],
        [null, 'off', undefined],
      ]),
    );
    expect(store.attribution).toEqual({ on: false, readsOthers: false, unknown: { off: 1, gone: 1 } });
  });
});

describe('show', () => {
  it('shows the process, escaped', async () => {
    const [text, html, json] = await shown({ ...WEB, process: PROCESS });
    expect(text).toMatch(/^process {8}.*<b>x 812, nginx\.service, container c0ffeec0ffee, pod shop\/web-5d8f$/m);
    expect(text).not.toContain('\u001b');
    expect(html).toContain('&lt;b&gt;x 812');
    expect(html).not.toContain('<b>x');
    expect((JSON.parse(json) as { connection: unknown }).connection).toMatchObject({ process: PROCESS });
  });

  it('knows a process that only a further archive has', async () => {
    const second = { ...WEB, sequence: 1, start: WEB.start, process: { pid: 1, command: 'late' } };
    const [text] = await shown({ ...WEB, isOver: false, process: { unit: 'a.service' } }, second);
    expect(text).toMatch(/^process {8}late 1, a\.service$/m);
    const rows = await rowsOf({ ...WEB, isOver: false, process: { unit: 'a.service' } }, second);
    expect(rows.map(({ process, cgroup }) => [process?.command, cgroup?.unit])).toEqual([['late', 'a.service']]);
  });

  it('shows translated addresses', async () => {
    const [[address, port], [peer, peerPort]] = [WEB.local, WEB.remote];
    const conntrack: ArchivedFlow = {
      id: 7,
      orig: { src: address, sport: port, dst: peer, dport: peerPort },
      reply: { src: '10.77.0.2', sport: 9001, dst: '192.0.2.1<b>', dport: 40_009 },
      status: 0x30,
    };
    const [text, html, json] = await shown({ ...WEB, conntrack });
    const [before, source] = [`${peer}:${peerPort}`, `${address}:${port}`];
    expect(text).toContain(
      `nat            destination ${before} -> 10.77.0.2:9001, source ${source} -> 192.0.2.1<b>:40009 (as the peer sees it)\n`,
    );
    expect(html).toContain(`destination ${before} → 10.77.0.2:9001`);
    expect(html).not.toContain('<b>:40009');
    expect((JSON.parse(json) as { connection: unknown }).connection).toMatchObject({ conntrack });
    const [plain] = await shown({ ...WEB, conntrack: { ...conntrack, status: 0x18e } });
    expect(plain).not.toMatch(/^nat/m);
  });

  it('shows nothing of it for an archive without', async () => {
    const [text, html, json] = await shown(WEB);
    for (const each of [text, html, json]) expect(each.toLowerCase()).not.toContain('process');
  });
});
