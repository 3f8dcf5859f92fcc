import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeRecord, ZERO_TIMESTAMP } from '../../parse/index.js';

const ROOT = join(import.meta.dirname, '../..');
// Inside of the package, so that its name resolves to the built files, as it does for a user who installs it.
const FOLDER = join(ROOT, 'dist', 'readme-examples');
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe('docs/library.md', () => {
  it('has examples that compile against the built package', () => {
    const page = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
    const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');
    expect(examples.length).toBeGreaterThanOrEqual(2);
    mkdirSync(FOLDER, { recursive: true });
    const files = examples.map((code, i) => {
      const path = join(FOLDER, `example-${i}.mts`);
      writeFileSync(path, code);
      return path;
    });
    const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    // A failure shows the compiler's messages.
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...strict, ...files], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  });

  it('states correctly what a program needs to use the library', () => {
    const page = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
    const [, code = ''] = /<!-- library-example -->\n```ts\n(.*?)```/s.exec(page) ?? [];
    const [, begin = ''] = /<!-- library-begin -->\n```sh\n(.*?)```/s.exec(page) ?? [];
    expect(begin).toContain('npm pkg set type=module');
    const options = /npx tsc (.*) example\.ts /.exec(begin)?.[1]?.split(' ') ?? [];
    expect(options).not.toEqual([]);
    /** Creates a program's folder with the package installed; `said` is the output of the compiler. */
    const compile = (name: string, type: string | undefined): { said: string; folder: string } => {
      const folder = join(FOLDER, name);
      mkdirSync(join(folder, 'node_modules'), { recursive: true });
      symlinkSync(ROOT, join(folder, 'node_modules', 'tcp-info'));
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', type }));
      writeFileSync(join(folder, 'example.ts'), code);
      const tsc = [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, 'example.ts'];
      return { said: spawnSync(process.execPath, tsc, { cwd: folder, encoding: 'utf8' }).stdout, folder };
    };
    const { said, folder } = compile('module', 'module');
    expect(said).toBe('');
    const none = spawnSync(process.execPath, ['example.js', 'nothing'], { cwd: folder, encoding: 'utf8' });
    expect(none.stderr).toContain('nothing: no such file');
    expect(compile('commonjs', undefined).said).toContain('TS1309');

    const required = "import('tcp-info').then(({ readSnapshots }) => console.log(typeof readSnapshots));";
    writeFileSync(join(FOLDER, 'commonjs', 'example.cjs'), required);
    const loaded = spawnSync(process.execPath, ['example.cjs'], { cwd: join(FOLDER, 'commonjs'), encoding: 'utf8' });
    expect(loaded).toMatchObject({ status: 0, stdout: 'function\n' });
  });

  it('has a runnable example of the library with about 20 lines', () => {
    const page = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
    const [, code = ''] = /<!-- library-example -->\n```ts\n(.*?)```\n<!-- \/library-example -->/s.exec(page) ?? [];
    expect(code.split('\n').length).toBeLessThan(23);
    mkdirSync(FOLDER, { recursive: true });
    const source = join(FOLDER, 'library.mts');
    writeFileSync(source, code);
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, source], { cwd: ROOT });
    const metadata = { uuid: 'h_1_00', sequence: 0, startTime: ZERO_TIMESTAMP };
    const tcpInfo = Buffer.alloc(232);
    tcpInfo.writeBigUInt64LE(4321n, 120); // tcpi_bytes_acked
    tcpInfo.writeUInt32LE(1500, 148); // tcpi_min_rtt
    const snapshot = { timestamp: '2026-11-20T23:28:03Z', rawIdm: Buffer.alloc(72), attributes: [null, null, tcpInfo] };
    const lines = [{ timestamp: ZERO_TIMESTAMP, metadata }, snapshot, snapshot].map(encodeRecord);
    const archive = join(FOLDER, 'h_1_00.00000.jsonl');
    writeFileSync(archive, `${lines.join('')}damaged\n`);
    const program = join(FOLDER, 'library.mjs');
    const run = spawnSync(process.execPath, [program, archive], { encoding: 'utf8' });
    expect(run).toMatchObject({
      status: 0,
      stdout: 'h_1_00: 2 snapshots, min RTT 1.5 ms, 4321 bytes acknowledged\n',
      stderr: `read archive ${archive}, line 4: line is not JSON\n`,
    });
  });
});
