import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetlinkAddon } from './binding.js';

export type * from './binding.js';
export { readQuietScans } from './quiet-scans.js';

/** The addon cannot be loaded. `cause` is the loader's own error, where a file was there. */
export class AddonError extends Error {
  readonly code = 'ERR_ADDON';

  constructor(reason: string, options?: ErrorOptions) {
    super(`load addon netlink: ${reason}`, options);
    this.name = 'AddonError';
  }
}

/** Names a file to load instead of the usual places. */
export const ADDON_PATH_VARIABLE = 'TCP_INFO_NETLINK_ADDON';

const require = createRequire(import.meta.url);
let loaded: NetlinkAddon | undefined;

/**
 * The addon. Loaded at the first call from `path`, from the file that TCP_INFO_NETLINK_ADDON names, or from the first of
 * `native/build/Release`, `native/prebuilds` and `native/build/Debug` that has one for this system.
 * @throws AddonError with code `ERR_ADDON`
 */
export function loadNetlink(path?: string): NetlinkAddon {
  if (path !== undefined) return loadFrom([path]);
  loaded ??= loadFrom(usualPlaces());
  return loaded;
}

/** The addon, loaded when one of its members is used for the first time. */
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
  dump: (request) => loadNetlink().dump(request),
  differs: (previous, current, shape) => loadNetlink().differs(previous, current, shape),
  listenTcp: (host, port, backlog) => loadNetlink().listenTcp(host, port, backlog),
  duplicate: (fd) => loadNetlink().duplicate(fd),
};

function loadFrom(paths: readonly string[]): NetlinkAddon {
  const errors: unknown[] = [];
  for (const path of paths.map((each) => resolve(each)).filter((each) => existsSync(each))) {
    try {
      return require(path) as NetlinkAddon;
    } catch (error) {
      errors.push(error); // made for another system: the next may fit
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
    // First: it is there when a prebuilt one did not fit this system or these sources, or somebody wanted their own.
    join(folder, 'build', 'Release', 'netlink.node'),
    // Which libc there is takes a while to find out, and an addon for the other cannot be loaded.
    ...['glibc', 'musl'].map((libc) =>
      join(folder, 'prebuilds', `${process.platform}-${process.arch}-${libc}`, 'netlink.node'),
    ),
    join(folder, 'build', 'Debug', 'netlink.node'),
  ];
}

/** `native/` of the package: this file's folder, or beside `dist/` when this file is compiled. */
function nativeFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return existsSync(join(here, 'src')) ? here : join(here, '..', '..', 'native');
}
