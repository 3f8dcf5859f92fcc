import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../../expression/index.js';
import { StoreAnswers } from '../../../live/answers/index.js';
import type { GroupJson, ViewJson } from '../../../live/wire/index.js';
import { byName, byOfPlace, filterOfGroup, keyText, nextBy } from '../../../web/groups/group-by.js';
import { fittingCells, groupCells } from '../../../web/groups/group-cells.js';
import { linesOf, nextOrder, sortGroups } from '../../../web/groups/group-lines.js';
import { FieldTable } from '../../../web/state/index.js';
import { MemoryStore } from '../../support/live-store.js';

const answers = new StoreAnswers(new MemoryStore(), { elapsedMs: () => 0, onFault: () => undefined });
const FIELDS = new FieldTable(answers.fields());

function group(key: GroupJson['key'], values: Partial<GroupJson> = {}): GroupJson {
  return {
    ...{ key, connections: 3, closed: 1, sendThroughputBytesPerSec: 10, receiveThroughputBytesPerSec: 5 },
    ...{ retransmitRateBytes: null, rttUs: { p50: 1, p95: 2 }, limitedBy: null, ...values },
  };
}

describe('the filter of a group', () => {
  it.each([
    ['', 'process.command', ['curl'], 'process.command = "curl"'],
    ['dport 443', 'process.command', [null], '(dport 443) and process.command = null'],
    [
      '',
      'process.command,connection.remotePort',
      ['a"b', 443],
      '(process.command = "a\\"b") and connection.remotePort = 443',
    ],
    ['', 'remoteAddress/24', ['10.0.0.0/24'], 'dst 10.0.0.0/24'],
    ['', 'connection.localAddress/64', ['2001:db8::/64'], 'src 2001:db8::/64'],
    ['rtt > 1ms', 'remoteAddress/24', ['10.0.0.0/24'], '(rtt > 1ms) and dst 10.0.0.0/24'],
    ['', 'remoteAddress/24', [null], 'remoteAddress = null'],
  ])('%s by %s', (filter, by, key, expected) => {
    const found = filterOfGroup(filter, by, key, FIELDS);
    expect(found).toBe(expected);
    expect(() => parseExpression(found ?? '')).not.toThrow();
  });

  it('does not exist for prefixes of other addresses', () => {
    expect(filterOfGroup('', 'nowhere/24', ['10.0.0.0/24'], FIELDS)).toBeUndefined();
  });
});

describe('the grouping', () => {
  it('goes on as that of top, and ends with the connections', () => {
    expect(byOfPlace('', true)).toBe('process.command');
    expect(byOfPlace('pid', false)).toBe('pid');
    // All would be in one group.
    expect(byOfPlace('', false)).toBe('connection.remoteAddress');
    expect([nextBy('process.command'), nextBy('mptcp.token')]).toEqual(['cgroup.unit', undefined]);
    expect([byName('connection.remoteAddress'), byName('now.rttUs')]).toEqual(['Peer', 'Now.rttUs']);
  });

  it('names groups', () => {
    expect(keyText(group(['curl', null]))).toBe('curl · (unknown)');
    expect(keyText(group([null], { other: true }))).toBe('All other groups');
  });
});

describe('lines of groups', () => {
  const [a, b, other] = [
    group(['a']),
    group(['b'], { closed: 3, rttUs: { p50: null, p95: null } }),
    group([null], { other: true }),
  ];

  it('sort by a column, unknown values and all other groups last', () => {
    const keys = (groups: readonly GroupJson[]) => groups.map(keyText);
    const all = [other, b, a];
    expect(keys(sortGroups(all, undefined))).toEqual(keys(all));
    expect(keys(sortGroups(all, { column: 'key', isDescending: false }))).toEqual(['a', 'b', 'All other groups']);
    expect(keys(sortGroups(all, { column: 'closed', isDescending: true }))).toEqual(['b', 'a', 'All other groups']);
    expect(keys(sortGroups([b, a], { column: 'p50', isDescending: false }))).toEqual(['a', 'b']);
    expect(keys(sortGroups([b, a], { column: 'p50', isDescending: true }))).toEqual(['a', 'b']);
  });

  it('change their order with each click, and come back to that of the answer', () => {
    const first = nextOrder(undefined, 'sent');
    expect(first).toEqual({ column: 'sent', isDescending: true });
    const second = nextOrder(first, 'sent');
    expect(second).toEqual({ column: 'sent', isDescending: false });
    expect(nextOrder(second, 'sent')).toBeUndefined();
    expect(nextOrder(second, 'key')).toEqual({ column: 'key', isDescending: false });
  });

  it('have the first connections of unfolded groups', () => {
    const view: ViewJson = {
      ...{ time: '', generation: 1, total: 9, matched: 9, closed: 0, offset: 0 },
      connections: [{ key: 'k1' }, { key: 'k2' }],
    };
    expect(linesOf([a, b], new Map([['["a"]', view]])).map(({ kind }) => kind)).toEqual([
      'group',
      'row',
      'row',
      'note',
      'group',
    ]);
    expect(linesOf([a], new Map([['["a"]', undefined]])).map(({ kind }) => kind)).toEqual(['group', 'note']);
    const ids = linesOf([a, b], new Map([['["a"]', view]])).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('have the columns that fit, as in top', () => {
    const cells = groupCells('Process', false);
    const names = (width: number) => fittingCells(cells, width).map(({ column }) => column);
    expect(names(2000)).toHaveLength(9);
    expect(names(780)).not.toContain('p95');
    expect(names(390)).toEqual(['key', 'open', 'sent']);
    expect(names(10)).toEqual(['key', 'open', 'sent']);
  });
});
