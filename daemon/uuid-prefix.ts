import { hostname } from 'node:os';
import { KERNEL_FILE_BYTES, readSmallFile, SmallFileError } from '../files/index.js';
import { BootPrefixError, bootUuidPrefix, describeSystemError } from '../host/index.js';
import type { Netns } from '../parse/index.js';

/** Thrown when a flag asks for a prefix that cannot be used. */
export class UuidPrefixError extends Error {
  override readonly name = 'UuidPrefixError';
  readonly code = 'ERR_UUID_PREFIX';

  /** @param flag the flag, as a user would type it */
  constructor(
    readonly flag: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${flag}: ${reason}`, options);
  }
}

/** Prefix of every UUID of this process. */
export interface UuidPrefix {
  readonly text: string;
  /** True for a prefix made of host name and boot time because none was given: two machines may get the same one. */
  readonly unsafe: boolean;
}

/** File names are `<prefix>_<16 digits>.<5 digits>.jsonl.zst`; NAME_MAX is 255 bytes. */
const MAX_BYTES = 200;
/** Upper limit with white space at the end. */
const MAX_FILE_BYTES = 4096;

/**
 * Reads the prefix from a file, without white space at the end (a newline would go into file names). The text must fit
 * into a file name.
 * @throws UuidPrefixError
 */
export function readUuidPrefix(path: string): UuidPrefix {
  const flag = `-uuid-prefix-file=${path}`;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true })
      .decode(readSmallFile(path, { maxBytes: MAX_FILE_BYTES }))
      .trimEnd();
  } catch (cause) {
    throw new UuidPrefixError(flag, `cannot be read: ${reasonOf(cause)}`, { cause });
  }
  if (text === '') throw new UuidPrefixError(flag, 'the file is empty; expected the prefix of UUIDs');
  if (/[/\p{Cc}]/u.test(text) || text.startsWith('.')) {
    throw new UuidPrefixError(flag, `${JSON.stringify(text)} cannot begin a file name`);
  }
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new UuidPrefixError(flag, `the prefix is longer than ${MAX_BYTES} bytes`);
  return { text, unsafe: false };
}

function reasonOf(cause: unknown): string {
  if (cause instanceof SmallFileError) return cause.message;
  const isSystem = cause instanceof Error && 'syscall' in cause && 'code' in cause;
  return isSystem ? String(cause.code) : 'not UTF-8 text';
}

/**
 * Returns the fallback prefix, `<host>_<boot time>_unsafe`: host name, or POD_NAME in Kubernetes, and the second of the
 * machine's boot. The kernel accepts any bytes as a host name: characters that do not fit into a file name become `_`.
 * @param uptimeText content of /proc/uptime: seconds since boot, and another number
 * @param machine host name
 */
export function unsafeUuidPrefix(
  environment: Readonly<Record<string, string | undefined>>,
  uptimeText: string,
  nowMs: number,
  machine = hostname(),
): UuidPrefix {
  const pod = environment['POD_NAME'] ?? '';
  const host = /^[A-Za-z0-9.-]{1,150}$/.test(pod) ? pod : machine;
  const uptimeMs = Number.parseFloat(uptimeText) * 1000;
  const boot = Number.isFinite(uptimeMs) ? String(Math.floor((nowMs - uptimeMs) / 1000)) : 'BADBOOTTIME';
  return { text: `${fitForFileName(host)}_${boot}_unsafe`, unsafe: true };
}

/** Replaces slashes, which would make folders, and leading dots, which would leave the folder or hide the file. */
function fitForFileName(host: string): string {
  return host.replace(/[/\s\p{C}\ufffd]/gu, '_').replace(/^[.-]+/, (start) => '_'.repeat(start.length));
}

/**
 * Returns the prefix that `tcp-info prepare --boot-id` writes: POD_NAME in Kubernetes, otherwise the host name, with id
 * and second of the boot.
 * @throws UuidPrefixError
 */
function uniqueUuidPrefix(environment: Readonly<Record<string, string | undefined>>): UuidPrefix {
  try {
    return { text: bootUuidPrefix(environment), unsafe: false };
  } catch (cause) {
    const isExpected = cause instanceof BootPrefixError || (cause instanceof Error && 'syscall' in cause);
    if (!isExpected) throw cause;
    throw new UuidPrefixError('-uuid-prefix=auto', describeSystemError(cause), { cause });
  }
}

/** Flags that set the prefix. */
export interface PrefixSource {
  readonly uuidPrefixFile?: string;
  /** True to build the prefix from what is unique to the machine's boot, unless there is a file. */
  readonly uuidPrefixAuto: boolean;
}

/**
 * Returns the prefix from the file, or from the boot, or the fallback.
 * @throws UuidPrefixError
 */
export function loadUuidPrefix(
  { uuidPrefixFile, uuidPrefixAuto }: PrefixSource,
  environment: Readonly<Record<string, string | undefined>>,
): UuidPrefix {
  if (uuidPrefixFile !== undefined) return readUuidPrefix(uuidPrefixFile);
  if (uuidPrefixAuto) return uniqueUuidPrefix(environment);
  let uptimeText = '';
  try {
    uptimeText = readSmallFile('/proc/uptime', { maxBytes: KERNEL_FILE_BYTES }).toString();
  } catch {
    // The prefix then says that the boot time is unknown, like the reference's.
  }
  return unsafeUuidPrefix(environment, uptimeText, Date.now());
}

/** First kernel whose cookies are unique on the whole machine; before, each network namespace counted its own. */
const GLOBAL_COOKIES = [5, 3] as const;

/**
 * Returns the prefix of UUIDs in another network namespace. It is the same prefix, so that a program that knows its
 * socket's cookie knows the UUID. On old kernels two namespaces can have the same cookies: the inode number is added.
 * @param release kernel release, `uname -r`
 */
export function uuidPrefixIn(prefix: string, { inode }: Netns, release: string): string {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const [since, sinceMinor] = GLOBAL_COOKIES;
  const isGlobal = major > since || (major === since && minor >= sinceMinor);
  return isGlobal ? prefix : `${prefix}_netns${inode}`;
}
