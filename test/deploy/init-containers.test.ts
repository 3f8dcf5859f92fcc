import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readUuidPrefix } from '../../daemon/uuid-prefix.js';
import { DAEMON } from '../support/daemon.js';
import { havePrograms, skipped } from '../support/programs.js';
import { tempFolder } from '../support/temp.js';
import { KUSTOMIZATIONS, type Kustomization, parseManifests, RENDERED } from './manifests.js';
import { argsOf, containersOf, podOf } from './pods.js';

interface Folders {
  readonly data: string;
  readonly uuid: string;
}

function newFolders(): Folders {
  const root = tempFolder();
  const folders = { data: join(root, 'data'), uuid: join(root, 'uuid') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  return folders;
}

/** Runs the built program of an init container, with other folders than the pod's. */
function run(
  name: Kustomization,
  container: string,
  { data, uuid }: Folders,
  values: Record<string, string>,
  wrapper: readonly string[] = [],
): void {
  const text = readFileSync(join(RENDERED, KUSTOMIZATIONS[name]), 'utf8');
  const containers = parseManifests(text).flatMap((object) => containersOf(podOf(object) ?? { containers: [] }));
  const found = containers.find((each) => each.name === container);
  const args = found === undefined ? [] : argsOf(found, values);
  expect(args[0]).toBe('prepare');
  const moved = args.map((arg) => arg.replace('/var/spool/tcp-info', data).replace('/var/local/uuid', uuid));
  const [file = '', ...rest] = [...wrapper, process.execPath, DAEMON, ...moved];
  execFileSync(file, rest, { env: { PATH: process.env['PATH'] ?? '' }, stdio: 'pipe' });
}

/** Reads the second of the boot in another way than the program. */
function bootSeconds(): number {
  return Date.now() / 1000 - Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
}

function expectPrefix(path: string, name: string): void {
  // As the collector reads it, ignoring white space at the end.
  const { text } = readUuidPrefix(path);
  expect(readFileSync(path, 'utf8')).toBe(text);
  const [, seconds] = /^(?:[^_]+)_(\d+)$/.exec(text) ?? [];
  expect(text.startsWith(`${name}_`)).toBe(true);
  expect(Math.abs(Number(seconds) - bootSeconds())).toBeLessThan(5);
}

describe('the UUID prefix of a pod', () => {
  it.each(['examples/sidecar', 'examples/sidecar-plain'] as const)('of %s is its name and boot time', (name) => {
    const folders = newFolders();
    run(name, 'tcp-info-uuid-prefix', folders, { POD_NAME: 'ndt-abc12' });
    expectPrefix(join(folders.uuid, 'prefix'), 'ndt-abc12');
    expect(() => run(name, 'tcp-info-uuid-prefix', folders, { POD_NAME: '' })).toThrow(/name ""/);
  });
});

describe('the preparation of a node', () => {
  const prepared = process.getuid?.() === 0 && havePrograms('preparing a node with two capabilities', 'setpriv');
  if (process.getuid?.() !== 0) skipped('preparing a node', 'folders can be given away by root only');
  const limited = ['setpriv', '--bounding-set', '-all,+chown,+dac_read_search', '--inh-caps', '-all'] as const;

  it.skipIf(!prepared)('gives the folders to the collector, leaves archives, and needs two capabilities', () => {
    const folders = newFolders();
    const day = join(folders.data, '2026', '11', '21');
    mkdirSync(day, { recursive: true, mode: 0o700 });
    const archive = join(day, 'a.jsonl.zst');
    writeFileSync(archive, '');
    const owners = (): string[] =>
      [folders.data, join(folders.data, '2026'), day, archive].map((path) => {
        const { uid, gid } = statSync(path);
        return `${uid}:${gid}`;
      });
    // Back and forth, as when CAP_NET_ADMIN is granted and revoked. The second run changes nothing.
    for (const owner of ['65534:65534', '65534:65534', '0:0', '65534:65534']) {
      run('base/daemonset', 'prepare', folders, { OWNER: owner, NODE_NAME: hostname() }, limited);
      expect(owners()).toEqual([owner, owner, owner, '0:0']);
    }
    expectPrefix(join(folders.uuid, 'prefix'), hostname());
  });

  it.skipIf(!prepared)('fails without these capabilities, and without a name', () => {
    const folders = newFolders();
    chownSync(folders.data, 1, 1);
    const env = { OWNER: '65534:65534', NODE_NAME: 'node' };
    const none = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'] as const;
    expect(() => run('base/daemonset', 'prepare', folders, env, none)).toThrow(
      /give .*data to 65534:65534: operation not permitted \(EPERM\)/,
    );
    expect(() => run('base/daemonset', 'prepare', folders, { ...env, NODE_NAME: '' }, limited)).toThrow(/name ""/);
  });
});
