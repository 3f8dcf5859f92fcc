import { describe, expect, it } from 'vitest';
import { NamespaceFinder, type NamespaceTarget } from '../../../host/index.js';
import { FakeNamespaces, systemError } from '../../collector/fake-namespaces.js';

function setUp(targets: readonly NamespaceTarget[], files: Readonly<Record<string, number | Error>> = {}) {
  const system = new FakeNamespaces();
  for (const [path, ino] of Object.entries(files)) system.files.set(path, ino);
  const failures: string[] = [];
  const finder = new NamespaceFinder(targets, system, (operation, path) => failures.push(`${operation} ${path}`));
  const names = async () => [...(await finder.find()).values()].map(({ name, ino }) => `${name} ${ino}`);
  return { system, finder, failures, names };
}

const blue: NamespaceTarget = { kind: 'name', name: 'blue' };

describe('NamespaceFinder', () => {
  it('finds the requested namespaces, and checks nothing else', async () => {
    const { system, names } = setUp([blue, { kind: 'pid', pid: 7 }, { kind: 'path', path: '/some/ns' }], {
      '/run/netns/blue': 2,
      '/run/netns/red': 3,
      '/proc/7/ns/net': 4,
      '/some/ns': 5,
    });
    expect(await names()).toEqual(['blue 2', 'pid:7 4', '/some/ns 5']);
    expect(system.looked).not.toContain('/run/netns/red');
  });

  it("finds all: names first, then Docker's, then processes, each once", async () => {
    const { names, failures } = setUp([{ kind: 'all' }], {
      '/run/netns/blue': 2,
      '/run/netns/half-made': -77,
      '/run/docker/netns/default': 1,
      '/run/docker/netns/d0c': 3,
      '/proc/1/ns/net': 1,
      '/proc/12/ns/net': 2,
      '/proc/13/ns/net': 4,
      '/proc/9/ns/net': 4,
      '/proc/sys/net': 9,
    });
    expect(await names()).toEqual(['blue 2', 'd0c 3', 'pid:9 4']);
    expect(failures).toEqual([]);
  });

  it('notices namespaces that appear, disappear, and are replaced under the same name', async () => {
    const { system, names } = setUp([blue], { '/run/netns/blue': 2 });
    expect(await names()).toEqual(['blue 2']);
    system.files.delete('/run/netns/blue');
    expect(await names()).toEqual([]);
    system.files.set('/run/netns/blue', 6);
    expect(await names()).toEqual(['blue 6']);
  });

  it('does not mistake a new process for an ended one with the same pid', async () => {
    const { system, names } = setUp([{ kind: 'pid', pid: 7 }], { '/proc/7/ns/net': 4 });
    expect(await names()).toEqual(['pid:7 4']);
    system.files.set('/proc/7/ns/net', 5);
    expect(await names()).toEqual([]);
    system.files.set('/proc/7/ns/net', 4);
    expect(await names()).toEqual([]);
  });

  it('reports what it may not access, and finds the rest', async () => {
    const { names, failures } = setUp([{ kind: 'all' }], {
      '/proc/7/ns/net': systemError('EACCES', 13, 'stat'),
      '/proc/8/ns/net': systemError('ESRCH', 3, 'stat'),
      '/proc/9/ns/net': 4,
    });
    expect(await names()).toEqual(['pid:9 4']);
    // The process is unchanged in the next round: reported once.
    expect(await names()).toEqual(['pid:9 4']);
    expect(failures).toEqual(['look /proc/7/ns/net']);
  });

  it('keeps processes as alive when /proc cannot be listed', async () => {
    const { system, names, failures } = setUp([{ kind: 'all' }], {
      '/run/netns/blue': 2,
      '/run/docker/netns/d0c': 3,
      '/proc/9/ns/net': 4,
    });
    const all = ['blue 2', 'd0c 3', 'pid:9 4'];
    expect(await names()).toEqual(all);
    system.listError = systemError('EMFILE', 24, 'scandir');
    expect(await names()).toEqual(all);
    expect(failures).toEqual(['list /run/netns', 'list /run/docker/netns', 'list /proc']);
    system.listError = undefined;
    for (const path of ['/run/netns/blue', '/run/docker/netns/d0c', '/proc/9/ns/net']) system.files.delete(path);
    expect(await names()).toEqual([]);
  });

  it.each([
    ['a name that there is not', blue, {}, 'ERR_NO_NAMESPACE', /blue: not found \(looked at \/run\/netns\/blue and/],
    ['a file of another kind', blue, { '/run/netns/blue': -5 }, 'ERR_NOT_A_NAMESPACE', /is not a network namespace/],
    [
      'a file without permission',
      { kind: 'pid', pid: 7 } as const,
      { '/proc/7/ns/net': systemError('EACCES', 13, 'stat') },
      'ERR_NAMESPACE',
      /7: stat: permission denied \(EACCES\); run the program as root/,
    ],
  ])('rejects %s', (_, target, files, code, message) => {
    const { finder } = setUp([target], files);
    expect(() => finder.check()).toThrow(expect.objectContaining({ name: 'NamespaceError', code }));
    expect(() => finder.check()).toThrow(message);
  });

  it('accepts "all" without any namespace', async () => {
    const { finder, names } = setUp([{ kind: 'all' }]);
    expect(finder.check().size).toBe(0);
    expect(await names()).toEqual([]);
  });
});
