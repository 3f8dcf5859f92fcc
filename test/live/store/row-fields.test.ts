import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../expression/index.js';
import { fieldJson, isScalar } from '../../../fields/index.js';
import {
  ROW_FIELDS,
  ROW_FLAGS,
  ROW_PARTS,
  ROW_VOCABULARY,
  rowVocabulary,
  timeText,
} from '../../../live/store/index.js';
import { Scene } from './scene.js';

const A = 0xan;

const PROCESS = {
  ...{ pid: 7, command: 'nginx', executable: '/usr/sbin/nginx', uid: 33, user: 'www-data', otherPids: 2 },
  seenTime: '2026-11-21T00:00:00Z',
};
const CGROUP = {
  ...{ id: '4711', path: '/system.slice/nginx.service', unit: 'nginx.service', podNamespace: 'shop' },
  container: { id: 'abc', runtime: 'docker' },
  pod: { uid: 'u-1', name: null, namespace: 'shop', container: null },
};

/** Returns a scene with a row in which every value is known. */
function known(): Scene {
  const scene = new Scene({
    owners: {
      want: () => undefined,
      ended: () => undefined,
      setOwner: (owner) => {
        Object.assign(owner, { process: PROCESS, processUnknown: null, cgroup: CGROUP });
      },
      readsOthers: true,
    },
  });
  scene.seen(A, { inode: 1, rqueue: 3, wqueue: 4, attributes: [{ type: 4, payload: Buffer.from('bbr\0') }] });
  scene.ms = 100;
  scene.seen(A, {
    inode: 1,
    info: { rttUs: 9, minRttUs: 5, bytesSent: 10, dataSegsOut: 1, deliveryRateBytesPerSec: 7n as never },
  });
  scene.second();
  return scene;
}

describe('ROW_FIELDS', () => {
  it('have the type and a name of their own in their part', () => {
    const row = known().row(A);
    for (const field of ROW_FIELDS) {
      if (!isScalar(field)) continue;
      const value = field.read(row) ?? null;
      if (value === null) continue;
      const isText = field.type === 'text' || field.type === 'address';
      expect([field.name, typeof value]).toEqual([
        field.name,
        isText ? 'string' : field.type === 'boolean' ? 'boolean' : 'number',
      ]);
    }
    const names = ROW_FIELDS.map(({ part, name }) => `${part}.${name}`);
    expect(new Set(names).size).toBe(names.length);
    expect([...new Set(ROW_FIELDS.map(({ part }) => part))].sort()).toEqual(['', ...ROW_PARTS].sort());
  });

  it('read processes and cgroups', () => {
    const row = known().row(A);
    const values = Object.fromEntries(
      ROW_FIELDS.filter(({ part }) => part === 'process' || part === 'cgroup').map((field) => [
        field.name,
        fieldJson(field, row),
      ]),
    );
    expect(values).toEqual({ ...PROCESS, ...CGROUP });
  });

  it('are null without process and cgroup', () => {
    const scene = new Scene();
    scene.seen(A);
    const row = scene.row(A);
    for (const field of ROW_FIELDS) {
      if (field.part === 'process' || field.part === 'cgroup') expect(fieldJson(field, row)).toBeNull();
    }
  });

  it('have descriptions without a full stop', () => {
    for (const { name, description } of [...ROW_FIELDS, ...ROW_FLAGS]) {
      expect([name, description]).toEqual([name, expect.stringMatching(/^\S.*[^.]$/s)]);
    }
  });
});

describe('ROW_VOCABULARY', () => {
  it('knows each field by its name, its part and its aliases', () => {
    for (const { part, name, aliases = [] } of ROW_FIELDS.filter(isScalar)) {
      for (const each of aliases) expect([each, ROW_VOCABULARY.field(each) !== undefined]).toEqual([each, true]);
      const full = part === '' ? name : `${part}.${name}`;
      expect([full, ROW_VOCABULARY.field(full)?.field]).toEqual([
        full,
        ROW_FIELDS.find((f) => f.part === part && f.name === name),
      ]);
    }
  });

  it('takes a name that two parts share as that of now', () => {
    expect(ROW_VOCABULARY.field('minRttUs')?.field.part).toBe('now');
  });

  it('has flags for each state', () => {
    const scene = new Scene();
    scene.seen(1n, { state: 8 });
    scene.seen(2n);
    scene.second();
    scene.seen(2n, { info: { bytesSent: 100, bytesRetrans: 50 } });
    scene.seen(3n, { info: { sndWndBytes: 0, notsentBytes: 9000 }, wqueue: 9000 });
    scene.ended(4n);
    scene.ms += 11_000;
    scene.second(0);
    scene.store.tick();
    scene.work();
    const flagsOf = (cookie: bigint) =>
      ROW_FLAGS.map(({ name }) => name).filter((name) =>
        compileExpression(`is:${name}`, ROW_VOCABULARY).matches(scene.row(cookie)),
      );
    expect(flagsOf(1n)).toEqual(['open', 'idle', 'unknown-process', 'closing']);
    expect(flagsOf(2n)).toEqual(['open', 'lossy', 'unknown-process']);
    expect(flagsOf(3n)).toEqual(['open', 'limited', 'idle', 'unknown-process', 'slow']);
    expect(flagsOf(4n)).toEqual(['closed', 'idle', 'unknown-process', 'reset']);
    scene.seen(5n);
    expect(flagsOf(5n)).toEqual(['open', 'new', 'idle', 'unknown-process']);
  });
});

describe('the vocabulary of archives', () => {
  const { vocabulary, fields, flags } = rowVocabulary('archive');

  it.each([
    ['rtt', 'connection.medianRttUs'],
    ['minrtt', 'connection.minRttUs'],
    ['limited', 'connection.limitedBy'],
    ['limitedBy', 'connection.limitedBy'],
    ['send', 'connection.sendThroughputBytesPerSec'],
    ['rate', 'connection.throughputBytesPerSec'],
    ['retrans', 'connection.retransmitRateBytes'],
    ['work', 'connection.atWorkUs'],
    // Of the row itself, and of the last second alone.
    ['state', 'state'],
    ['age', 'ageUs'],
    ['queue', 'now.queueingDelayUs'],
    ['now.rttUs', 'now.rttUs'],
  ])('has %s as %s', (name, full) => {
    const field = vocabulary.field(name)?.field;
    expect(field && (field.part === '' ? field.name : `${field.part}.${field.name}`)).toBe(full);
  });

  it('has the fields of live rows, and flags that hold for a whole connection', () => {
    const names = (all: typeof fields): string[] => all.map(({ part, name }) => `${part}.${name}`);
    expect(names(fields)).toEqual(expect.arrayContaining(names(ROW_FIELDS)));
    expect(flags.map(({ name }) => name).sort()).toEqual(ROW_FLAGS.map(({ name }) => name).sort());
    const scene = new Scene();
    scene.seen(2n);
    scene.second();
    scene.seen(2n, { info: { bytesSent: 100, bytesRetrans: 50 } });
    scene.second();
    const lossy = compileExpression('is:lossy', vocabulary);
    expect(lossy.matches({ ...scene.row(2n), connection: scene.row(2n).connection, now: null } as never)).toBe(true);
  });
});

describe('timeText', () => {
  it('writes microseconds since 1970 as RFC 3339', () => {
    expect(timeText(0)).toBe('1970-01-01T00:00:00Z');
    expect(timeText(1_795_217_283_450_377)).toMatch(/^2026-11-20T23:28:03\.450377\d*Z$/);
  });
});
