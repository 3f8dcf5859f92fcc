import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
// Inside the package, so that its name resolves to what was built, as it does for whoever installs it.
const FOLDER = join(ROOT, 'dist', 'readme-examples');
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe('the README', () => {
  it('has examples that compile against the built package', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');
    expect(examples.length).toBeGreaterThanOrEqual(2);
    mkdirSync(FOLDER, { recursive: true });
    const files = examples.map((code, i) => {
      const path = join(FOLDER, `example-${i}.mts`);
      writeFileSync(path, code);
      return path;
    });
    const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    // Fails with the compiler's words.
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...strict, ...files], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  });
});
