import { ADDON_PATH_VARIABLE } from '../../native/index.js';

/** Variables that load sanitizers into a process, as `native/sanitize.mjs` sets them. */
const SANITIZERS = [ADDON_PATH_VARIABLE, 'LD_PRELOAD', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'NODE_OPTIONS'] as const;

/** Returns the environment of a program under test: PATH, and the sanitizers' variables if the tests run under them. */
export function programEnvironment(): Record<string, string> {
  const names = process.env[ADDON_PATH_VARIABLE] === undefined ? ['PATH'] : ['PATH', ...SANITIZERS];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
