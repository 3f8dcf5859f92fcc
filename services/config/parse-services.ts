import { addressConflicts } from './conflicts.js';
import { type ConfigProblem, ServicesConfigError } from './problem.js';
import { type ReadService, readService } from './read-service.js';
import { type SeedNote, seedNotes } from './seed-differences.js';
import type { ServiceConfig } from './service-config.js';
import { found, MAX_PREFIXES, uniqueEntries } from './value-readers.js';
import { MAX_CONFIG_BYTES, readYamlTree, type YamlValue } from './yaml-tree.js';

/** Most services in a file: each has series of metrics. */
export const MAX_SERVICES = 1_024;
/** Most problems that are gathered: more of them help no one. */
const MAX_PROBLEMS = 1_000;

/** Services of a file. */
export interface ServicesFile {
  /** In the order of the file. */
  readonly services: readonly ServiceConfig[];
  /** Differences from gihnius/monconn that the file relies on: each is logged once. */
  readonly notes: readonly SeedNote[];
}

/**
 * Reads a file of services, as gihnius/monconn has it, with further keys ({@link CONFIG_KEYS}). Loads the YAML library.
 * @param file path of the file, for messages
 * @throws ServicesConfigError with all problems of the file: unknown keys, values that are not understood, keys that a
 *   service's mode cannot honour, two services on one address, aliases, more than 1 MiB, 1,024 services or 65,536
 *   prefixes
 */
export async function parseServices(text: string, file: string): Promise<ServicesFile> {
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    throw new ServicesConfigError([{ file, line: 1, column: 1, reason: `larger than ${MAX_CONFIG_BYTES} bytes` }]);
  }
  const reported: { readonly at: number; readonly reason: string }[] = [];
  const report = (at: number, reason: string): void => {
    if (reported.length < MAX_PROBLEMS) reported.push({ at, reason });
  };
  const { root, place } = await readYamlTree(text, report);
  const placed: (ReadService & { readonly at: number })[] = [];
  if (root === undefined || isEmpty(root)) {
    if (reported.length === 0) report(0, 'no services');
  } else if (root.kind !== 'map') {
    report(root.at, 'expected a mapping of services: NAME: {listen_port: …}');
  } else {
    if (root.entries.length > MAX_SERVICES) report(root.at, `more than ${MAX_SERVICES} services`);
    for (const { key, value } of uniqueEntries(root.entries.slice(0, MAX_SERVICES), report)) {
      if (value.kind === 'map') {
        const read = readService(key, value, report);
        if (read !== undefined) placed.push({ ...read, at: key.at });
      } else {
        report(value.at, `service ${found(key.text)}: expected a mapping such as {listen_port: 80}`);
      }
    }
    checkPrefixes(placed, report);
    for (const { at, reason } of addressConflicts(placed)) report(at, reason);
  }
  if (reported.length > 0) throw new ServicesConfigError(problemsOf(reported, file, place));
  const services = placed.map(({ config, at }) => ({ ...config, place: { file, ...place(at) } }));
  return { services, notes: seedNotes(placed) };
}

function isEmpty(root: YamlValue): boolean {
  return root.kind === 'scalar' ? root.text === '' : root.kind === 'map' && root.entries.length === 0;
}

function checkPrefixes(
  services: readonly (ReadService & { readonly at: number })[],
  report: (at: number, reason: string) => void,
): void {
  let count = 0;
  for (const { config, at } of services) {
    count += config.limits.blacklist.length + config.limits.allowlist.length;
    if (count <= MAX_PREFIXES) continue;
    report(at, `more than ${MAX_PREFIXES} prefixes in all lists up to this service`);
    return;
  }
}

function problemsOf(
  reported: readonly { readonly at: number; readonly reason: string }[],
  file: string,
  place: (at: number) => { readonly line: number; readonly column: number },
): ConfigProblem[] {
  return reported.toSorted((a, b) => a.at - b.at).map(({ at, reason }) => ({ file, ...place(at), reason }));
}
