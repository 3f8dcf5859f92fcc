/** The last pause between two looks for a debugger that an earlier signal opens late, milliseconds. */
const LAST_PAUSE_MS = 8192;

/** Who starts Node this way wants the debugger. */
const ASKED = /^--inspect(-brk|-wait)?(=|$)/;

/**
 * Keeps SIGUSR1 from opening Node's debugger, which runs code as this process' user for whatever connects to port 9229 of
 * this machine: from now on the signal does nothing. A debugger that a signal has opened since the process began is
 * closed. Without `--disable-sigusr1`, which Node has from 22.14 on and not in 20, there is no other way. To be called
 * first, before what takes time to load.
 */
export function refuseDebugger(): void {
  if (!process.features.inspector || askedForDebugger()) return;
  process.on('SIGUSR1', () => undefined);
  const { url, close } = process.getBuiltinModule('node:inspector');
  const look = (): void => {
    if (url() !== undefined) close();
  };
  // Node opens it in two ways at once: in the middle of JavaScript, and from the event loop, which may come to it late.
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
