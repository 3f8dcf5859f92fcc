import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetlinkAddon } from './binding.js';

export type * from './binding.js';
export { QUIET_FIGURES } from './binding.js';
export type * from './capture-binding.js';
export type * from './failure-binding.js';
export * from './lines-binding.js';
export type * from './listener-binding.js';
export type * from './message-shape.js';
export type * from './owners-binding.js';
export { readQuietScans } from './quiet-scans.js';
export { readDump } from './read-dump.js';
export * from './relay-binding.js';
export { readRelayConnections, readRelayEvents } from './relay-events.js';
export type * from './requester-binding.js';
export * from './watch-binding.js';

/** Thrown when the addon cannot be loaded. `cause` is the loader's error, if a file was found. */
export class AddonError extends Error {
  readonly code = 'ERR_ADDON';

  constructor(reason: string, options?: ErrorOptions) {
    super(`load addon netlink: ${reason}`, options);
    this.name = 'AddonError';
  }
}

/** Environment variable with the path of the addon to load. */
export const ADDON_PATH_VARIABLE = 'TCP_INFO_NETLINK_ADDON';

const require = createRequire(import.meta.url);
let loaded: NetlinkAddon | undefined;

/**
 * Loads the addon once: from `path`, from the file in TCP_INFO_NETLINK_ADDON, or from the first of
 * `native/build/Release`, `native/prebuilds` and `native/build/Debug` that has one for this system.
 * @throws AddonError with code `ERR_ADDON`
 */
export function loadNetlink(path?: string): NetlinkAddon {
  if (path !== undefined) return loadFrom([path]);
  loaded ??= loadFrom(usualPlaces());
  return loaded;
}

/** The addon, loaded at the first use of a member. */
export const netlink: NetlinkAddon = {
  get Poller() {
    return loadNetlink().Poller;
  },
  get FileThread() {
    return loadNetlink().FileThread;
  },
  get CompressThread() {
    return loadNetlink().CompressThread;
  },
  get SocketOwners() {
    return loadNetlink().SocketOwners;
  },
  get MessageListener() {
    return loadNetlink().MessageListener;
  },
  get LineFormatter() {
    return loadNetlink().LineFormatter;
  },
  get PacketCapture() {
    return loadNetlink().PacketCapture;
  },
  get Requester() {
    return loadNetlink().Requester;
  },
  get Watcher() {
    return loadNetlink().Watcher;
  },
  get Relay() {
    return loadNetlink().Relay;
  },
  dump: (request) => loadNetlink().dump(request),
  differs: (previous, current, shape) => loadNetlink().differs(previous, current, shape),
  listenTcp: (host, port, backlog) => loadNetlink().listenTcp(host, port, backlog),
  duplicate: (fd) => loadNetlink().duplicate(fd),
  hasReader: (fd) => loadNetlink().hasReader(fd),
  isOpenForWriting: (fd) => loadNetlink().isOpenForWriting(fd),
  lockFile: (fd) => loadNetlink().lockFile(fd),
};

function loadFrom(paths: readonly string[]): NetlinkAddon {
  const errors: unknown[] = [];
  for (const path of paths.map((each) => resolve(each)).filter((each) => existsSync(each))) {
    try {
      return require(path) as NetlinkAddon;
    } catch (error) {
      errors.push(error); // built for another system; try the next
    }
  }
  const reason = errors.length > 0 ? 'it does not fit this system' : 'it is not built';
  const command = import.meta.dirname.includes('/node_modules/') ? 'npm rebuild tcp-info' : 'npm run build:native';
  throw new AddonError(`${reason}, run \`${command}\` (tried ${paths.join(', ')})`, { cause: errors.at(-1) });
}

function usualPlaces(): string[] {
  const named = process.env[ADDON_PATH_VARIABLE];
  if (named !== undefined && named !== '') return [named];
  const folder = nativeFolder();
  return [
    // First: exists if no prebuilt addon fits this system and these sources, or if the user built one.
    join(folder, 'build', 'Release', 'netlink.node'),
    // Try both: finding out the libc is slow, and an addon for the other libc fails to load anyway.
    ...['glibc', 'musl'].map((libc) =>
      join(folder, 'prebuilds', `${process.platform}-${process.arch}-${libc}`, 'netlink.node'),
    ),
    join(folder, 'build', 'Debug', 'netlink.node'),
  ];
}

/** Returns the package's folder `native/`: that of this file, or the one beside `dist/` if this file is compiled. */
function nativeFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return existsSync(join(here, 'src')) ? here : join(here, '..', '..', 'native');
}
