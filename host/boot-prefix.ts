import { hostname } from 'node:os';
import { KERNEL_FILE_BYTES, readSmallFile } from '../files/index.js';

/** Characters of a name in a prefix: those that uploaders accept in a file name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,149}$/;

/** Facts about the current boot of the machine. */
export interface Boot {
  /** Content of /proc/stat; its `btime` is the second of the boot since 1970. */
  readonly stat: string;
  /** Content of /proc/sys/kernel/random/boot_id, a UUID; absent for a prefix without it. */
  readonly bootId?: string;
}

/** Reads the facts about the boot. @throws the system error */
export function readBoot(withId: boolean): Boot {
  const read = (path: string): string => readSmallFile(path, { maxBytes: KERNEL_FILE_BYTES }).toString();
  const stat = read('/proc/stat');
  return withId ? { stat, bootId: read('/proc/sys/kernel/random/boot_id') } : { stat };
}

/** Why no prefix can be made. */
export class BootPrefixError extends Error {
  override readonly name = 'BootPrefixError';
  readonly code = 'ERR_BOOT_PREFIX';
}

/**
 * Returns the prefix of UUIDs as m-lab/uuid makes it, `<name>_<second of the boot>`: unique if names of machines are.
 * With `bootId`: `<name>-<its first eight digits>_<second of the boot>`, unique whatever the names. The prefix changes
 * with each boot because socket cookies start again.
 * @throws BootPrefixError
 */
export function uuidPrefix(name: string, { stat, bootId }: Boot): string {
  if (!NAME.test(name)) {
    throw new BootPrefixError(
      `name ${JSON.stringify(name)}: expected up to 150 letters, digits and -._: after a first`,
    );
  }
  const second = /^btime (\d+)$/m.exec(stat)?.[1];
  if (second === undefined) throw new BootPrefixError('read /proc/stat: btime is missing');
  if (bootId === undefined) return `${name}_${second}`;
  const digits = /^[0-9a-f]{8}/.exec(bootId)?.[0];
  if (digits === undefined) throw new BootPrefixError('read /proc/sys/kernel/random/boot_id: not a UUID');
  return `${name}-${digits}_${second}`;
}

/** Returns what a prefix calls this machine: POD_NAME in Kubernetes, otherwise the host name. */
export function machineName(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['POD_NAME'] || hostname();
}

/**
 * Returns the prefix of `-uuid-prefix=auto` and `tcp-info prepare --boot-id`: this machine's name with id and second of
 * the boot.
 * @throws BootPrefixError, or the system error
 */
export function bootUuidPrefix(environment: Readonly<Record<string, string | undefined>>): string {
  return uuidPrefix(machineName(environment), readBoot(true));
}
