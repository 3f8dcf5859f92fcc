/** Longest pause between two checks for a debugger that an earlier signal opens late, milliseconds. */
const LAST_PAUSE_MS = 8192;

/** Options of a user who wants the debugger. */
const ASKED = /^--inspect(-brk|-wait)?(=|$)/;

/**
 * Prevents SIGUSR1 from opening Node's debugger, which runs code as this process' user for any program that connects to
 * port 9229 of this machine: from now on the signal does nothing. Closes a debugger that a signal has opened since the
 * start. Without `--disable-sigusr1`, which Node has from 22.14 on and not in 20, there is no other way. Must be called
 * first, before modules that take time to load.
 */
export function refuseDebugger(): void {
  if (!process.features.inspector || askedForDebugger()) return;
  process.on('SIGUSR1', () => undefined);
  const { url, close } = process.getBuiltinModule('node:inspector');
  const look = (): void => {
    if (url() !== undefined) close();
  };
  // Node opens it in two ways at once: from within JavaScript, and from the event loop, which may be late.
  const lookAgain = (pauseMs: number): void => {
    look();
    if (pauseMs <= LAST_PAUSE_MS) setTimeout(() => setImmediate(lookAgain, 2 * pauseMs).unref(), pauseMs).unref();
  };
  look();
  setImmediate(lookAgain, 1).unref();
}

function askedForDebugger(): boolean {
  const environment = process.env['NODE_OPTIONS'] ?? '';
  return [...process.execArgv, ...environment.split(/\s+/)].some((option) => ASKED.test(option));
}
