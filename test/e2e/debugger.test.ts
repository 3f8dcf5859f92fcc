import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { DAEMON, DIST } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { havePrograms } from '../support/programs.js';
import { until, within } from '../support/waiting.js';

/** A launcher with a pending SIGUSR1 for the program it executes: Node receives it before any JavaScript runs. */
const SIGNALLED_BEFORE = [
  'python3',
  '-c',
  'import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); ' +
    'os.kill(os.getpid(), signal.SIGUSR1); os.execvp(sys.argv[1], sys.argv[1:])',
];
const OPENED = 'Debugger listening';

const tool = (name: string): string => join(DIST, 'cmd', name, 'main.js');

interface Program {
  readonly name: string;
  readonly args: (lab: Lab) => readonly string[];
}

/** Programs that wait, for standard input or for events. */
const PROGRAMS: readonly Program[] = [
  { name: 'csvtool', args: () => [tool('csvtool'), '-'] },
  { name: 'tcp-info summary', args: () => [DAEMON, 'summary', '-'] },
  {
    name: 'example-eventsocket-client',
    args: ({ eventSocket }) => [tool('example-eventsocket-client'), `-tcpinfo.eventsocket=${eventSocket}`],
  },
];

/** A program that runs until it is ended, and its output. */
class Waiting {
  stderr = '';
  readonly #exited: Promise<unknown>;

  constructor(readonly child: ChildProcess) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await within('its end', this.#exited);
  }
}

/** Returns the listening ports in the near namespace. */
function ports(lab: Lab): number[] {
  const lines = lab.near.run('ss', '-Hltn').trim().split('\n');
  return lines.flatMap((line) => /:(\d+)\s+\S+$/.exec(line.trim())?.[1] ?? []).map(Number);
}

describe.skipIf(!haveLab('SIGUSR1') || !havePrograms('SIGUSR1', 'python3'))('SIGUSR1', () => {
  it('opens no debugger in the collector, which continues', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    for (let i = 0; i < 3; i++) {
      daemon.kill('SIGUSR1');
      await daemon.scanned();
      // Two sockets listen on it: one is for this machine.
      expect(new Set(ports(lab))).toEqual(new Set([7070]));
    }
    expect(daemon.log).not.toContain(OPENED);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });

  it("before the collector's first line leaves no debugger open", async ({ lab }) => {
    const daemon = await lab.startDaemon({ wrapper: SIGNALLED_BEFORE });
    // Node itself opened the debugger; the first loaded module closed it.
    expect(daemon.log).toContain(OPENED);
    await until('the debugger’s end', () => !ports(lab).includes(9229));
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });

  it.for(PROGRAMS)('leaves no debugger of $name open', async ({ args }, { lab }) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(lab.eventSocket, resolve));
    const [file = '', ...rest] = SIGNALLED_BEFORE;
    const [command, argv] = lab.near.command(file, ...rest, process.execPath, ...args(lab));
    const program = new Waiting(spawn(command, argv, { stdio: ['pipe', 'ignore', 'pipe'] }));
    try {
      await until('the debugger', () => program.stderr.includes(OPENED));
      await until('the debugger’s end', () => !ports(lab).includes(9229));
      program.child.kill('SIGUSR1');
      await until('the debugger’s end', () => !ports(lab).includes(9229));
      expect(program.child).toMatchObject({ exitCode: null, signalCode: null });
    } finally {
      await program.end();
      server.close();
    }
  });
});
