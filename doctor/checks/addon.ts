import { AddonError } from '../../native/index.js';
import { createCompressor } from '../../saver/index.js';
import { defineCheck } from '../check.js';

interface Facts {
  readonly loads: boolean;
  readonly error?: string;
  /** Message of the loader, e.g. which library is missing. */
  readonly cause?: string;
}

/** Check of the native addon. */
export const addon = defineCheck<Facts>({
  name: 'addon',
  tells: 'whether the native addon loads',
  fails: 'the addon does not load',
  remedy: '`npm run build:native`, or reinstall the package',
  gather: ({ netlink }) => {
    try {
      return { loads: typeof netlink().dump === 'function' };
    } catch (error) {
      if (!(error instanceof AddonError)) throw error;
      const { message, cause } = error;
      return { loads: false, error: message, ...(cause instanceof Error ? { cause: firstLine(cause.message) } : {}) };
    }
  },
  judge: ({ loads, error = 'load addon netlink: it lacks what this version needs', cause }) => {
    if (loads) return { level: 'ok', found: 'the native addon loads' };
    return {
      level: 'fail',
      found: cause === undefined ? error : `${error}: ${cause}`,
      advice: 'in the package folder: npm run build:native (needs a C++ compiler), or reinstall the package',
    };
  },
});

/** Check of the library that compresses archives: the system's, or the bundled one. */
export const compressor = defineCheck<{ readonly name: string; readonly isSystems: boolean }>({
  name: 'compressor',
  tells: 'which library compresses archives',
  warns: "the system's libzstd is not used: each frame takes the main thread some ten times as long",
  remedy: 'install libzstd',
  needs: ['addon'],
  gather: () => {
    const { name } = createCompressor();
    return { name, isSystems: name.startsWith('libzstd') };
  },
  judge: ({ name, isSystems }) => {
    if (isSystems) return { level: 'ok', found: `${name}, on a thread of its own` };
    return {
      level: 'warn',
      found: `${name}: the system has no libzstd, which would need a tenth of the main thread's time`,
      advice: 'install libzstd (libzstd1 on Debian and Ubuntu, libzstd on Fedora, zstd-libs on Alpine)',
    };
  },
});

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
