import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  distinctNamespaces,
  type FoundNamespace,
  namespaceKey,
  ProcessNamespaces,
  parseNamespaceTarget,
} from '../../../host/index.js';

describe('parseNamespaceTarget', () => {
  it.each([
    ['all', { kind: 'all' }],
    ['blue', { kind: 'name', name: 'blue' }],
    ['cni-1a2b', { kind: 'name', name: 'cni-1a2b' }],
    ['4711', { kind: 'pid', pid: 4711 }],
    ['/run/netns/4711', { kind: 'path', path: '/run/netns/4711' }],
    ['./ns', { kind: 'path', path: '/run/here/ns' }],
  ])('parses %s', (text, target) => {
    expect(parseNamespaceTarget(text, '/run/here')).toEqual(target);
  });

  it.each(['', '.', '..', '0', '99999999999', 'a\0b'])('rejects %j', (text) => {
    expect(parseNamespaceTarget(text, '/')).toBeUndefined();
  });
});

describe('distinctNamespaces', () => {
  const own = { dev: 4, ino: 1 };
  const found = (ino: number, name: string, dev = 4): FoundNamespace => ({ dev, ino, name, path: `/x/${name}` });

  it('keeps the first of each, without its own namespace and files on another device', () => {
    const all = [found(2, 'blue'), found(1, 'default'), found(2, 'pid:9'), found(3, 'half-made', 25), found(3, 'red')];
    expect([...distinctNamespaces(all, own).values()]).toEqual([found(2, 'blue'), found(3, 'red')]);
  });

  it('returns each namespace once, for any input', () => {
    const any = fc.record({
      dev: fc.constantFrom(4, 5),
      ino: fc.integer({ min: 1, max: 5 }),
      name: fc.string(),
      path: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(any), (all) => {
        const distinct = distinctNamespaces(all, own);
        const expected = new Set(all.filter(({ dev, ino }) => dev === 4 && ino !== 1).map(namespaceKey));
        expect(new Set(distinct.keys())).toEqual(expected);
        for (const [key, each] of distinct) expect(all.find((other) => namespaceKey(other) === key)).toBe(each);
      }),
    );
  });
});

describe('ProcessNamespaces', () => {
  const pids = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  const look = (processes: ProcessNamespaces, all: readonly number[], id = { dev: 4, ino: 2 }): number[] => {
    const due = processes.due(all);
    for (const pid of due) processes.looked(pid, id);
    return due;
  };

  it('checks every process once before it checks one again', () => {
    const processes = new ProcessNamespaces(10);
    const looked = [0, 1, 2, 3].flatMap(() => look(processes, pids(40)));
    expect(looked.toSorted((a, b) => a - b)).toEqual(pids(40));
    // Many processes with low numbers do not delay the others either.
    expect(
      look(processes, pids(45))
        .toSorted((a, b) => a - b)
        .slice(-5),
    ).toEqual([41, 42, 43, 44, 45]);
  });

  it('checks every process in each round while they are few', () => {
    const processes = new ProcessNamespaces(10);
    for (let round = 0; round < 5; round++)
      expect(look(processes, pids(10)).toSorted((a, b) => a - b)).toEqual(pids(10));
  });

  it('never checks more than the bound in one round, and takes turns', () => {
    const processes = new ProcessNamespaces(10);
    const counts = new Map<number, number>();
    for (let round = 0; round < 60; round++) {
      const due = look(processes, pids(50));
      expect(due.length).toBeLessThanOrEqual(10);
      for (const pid of due) counts.set(pid, (counts.get(pid) ?? 0) + 1);
    }
    expect([...counts.values()].every((count) => count === 12)).toBe(true);
  });

  it('checks a new process in three rounds, before known ones', () => {
    const processes = new ProcessNamespaces(10);
    for (let round = 0; round < 15; round++) look(processes, pids(50));
    const rounds = Array.from({ length: 3 }, () => look(processes, [...pids(50), 1000]));
    expect(rounds.map((due) => due[0])).toEqual([1000, 1000, 1000]);
    expect(look(processes, [...pids(50), 1000])).not.toContain(1000);
  });

  it('lists the lowest pid of each namespace, and drops namespaces without processes', () => {
    const processes = new ProcessNamespaces();
    processes.due([3, 5, 7, 9]);
    processes.looked(9, { dev: 4, ino: 20 });
    processes.looked(5, { dev: 4, ino: 30 });
    processes.looked(3, undefined);
    processes.looked(7, { dev: 4, ino: 20 });
    expect(processes.namespaces()).toEqual([
      { dev: 4, ino: 30, pid: 5 },
      { dev: 4, ino: 20, pid: 7 },
    ]);
    processes.due([3, 9]);
    expect(processes.namespaces()).toEqual([{ dev: 4, ino: 20, pid: 9 }]);
    // The process moved to another namespace.
    processes.looked(9, { dev: 4, ino: 40 });
    expect(processes.namespaces()).toEqual([{ dev: 4, ino: 40, pid: 9 }]);
  });
});
