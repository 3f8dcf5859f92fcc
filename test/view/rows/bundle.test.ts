import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** Returns the folders of the code that a browser loads for an import, and its size in bytes. */
async function bundled(path: string): Promise<{ readonly folders: readonly string[]; readonly bytes: number }> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    stdin: { contents: `export * from './${path}/index.js';`, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
    outdir: 'nowhere',
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = used.map(([file]) => file.slice(0, file.lastIndexOf('/'))).filter((folder) => folder !== '');
  return { folders: [...new Set(folders)].sort(), bytes: output?.bytes ?? 0 };
}

describe('code for rows in a browser', () => {
  it('needs no table of the kernel’s fields and no expressions', async () => {
    const { folders, bytes } = await bundled('view/rows');
    expect(folders).toEqual(['live/wire', 'view/chart', 'view/rows', 'view/words', 'words']);
    expect(bytes).toBeLessThan(20_000);
  });

  it('needs expressions only for frozen views, and no table of the kernel’s fields then', async () => {
    const { folders } = await bundled('view/rows/expressions');
    expect(folders).toContain('expression');
    expect(folders.filter((folder) => /^(parse|analysis|export|fields|live\/store|native)/.test(folder))).toEqual([]);
  });
});
