import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { makeArchives } from '../support/many-archives.js';
import { it } from '../support/run.js';

const DIST = join(import.meta.dirname, '../../dist');

interface Opened {
  readonly error?: { readonly name: string; readonly code: string };
  readonly rows: readonly (readonly [key: string, bytesSent: number | null])[];
  readonly exitCode: number;
  /** Paths and bytes that the progress counted. */
  readonly done: number;
  readonly read: number;
  readonly stderr: string;
}

/** Opens a store by the built program, with the session of a tool. */
function open(folder: string, options: { readonly threads: number; readonly maxRows?: number }): Opened {
  const program = `
    const { openArchiveStore } = await import(${JSON.stringify(join(DIST, 'archive/store/index.js'))});
    const { ArchiveSession } = await import(${JSON.stringify(join(DIST, 'cmd/tool/archive-session.js'))});
    const { stdout, stderr, argv } = process;
    const session = await ArchiveSession.open({ program: 'test', paths: [argv[1]], strict: false, stdout, stderr });
    let [done, read] = [0, 0];
    const { onBytes, onDone } = session.options;
    const reading = {
      found: session.found,
      problems: session.problems,
      options: {
        ...session.options,
        onBytes: (count) => { read += count; onBytes(count); },
        onDone: (path) => { done++; onDone(path); },
      },
      archives: () => session.archives(),
      read: (bytes) => { read += bytes; session.read(bytes); },
      done: (paths) => { done += paths; session.done(paths); },
    };
    const result = await openArchiveStore(reading, ${JSON.stringify(options)}).then(
      (store) => ({ rows: [...store.rows()].map((row) => [row.key, row.connection.bytesSent]) }),
      ({ name, code }) => ({ error: { name, code }, rows: [] }),
    );
    console.log(JSON.stringify({ ...result, exitCode: session.finish(), done, read }));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, '--', folder], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(status, stderr).toBe(0);
  return { ...(JSON.parse(stdout) as Omit<Opened, 'stderr'>), stderr };
}

describe('a store over archives on several cores', () => {
  it('has the same rows as on one core, and reports damage and progress as the tools do', async ({ folder }) => {
    await makeArchives(folder, 600, true);
    const one = open(folder, { threads: 1 });
    expect(one.rows.length).toBeGreaterThan(590);
    expect(one.exitCode).toBe(3);
    expect(one.stderr).toMatch(/^test: read archive .*: line is not JSON\n/);
    expect(one.stderr).toMatch(/\ntest: in all: 6 lines skipped\n$/);
    const three = open(folder, { threads: 3 });
    expect({ rows: three.rows, stderr: three.stderr, exitCode: 3 }).toEqual({
      rows: one.rows,
      stderr: one.stderr,
      exitCode: 3,
    });
    expect(three.done).toBe(600);
    expect(three.read).toBeGreaterThan(0);
  });

  it('stops at one connection too many', async ({ folder }) => {
    await makeArchives(folder, 600);
    const { error, rows } = open(folder, { threads: 3, maxRows: 100 });
    expect({ error, rows }).toEqual({ error: { name: 'ArchiveStoreError', code: 'ERR_TOO_MANY' }, rows: [] });
  });
});
