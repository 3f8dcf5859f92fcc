import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compressFrame } from '../../../zstd/index.js';
import { tempFolder } from '../../support/temp.js';

/** Packs files with the tar program. */
export function tar(files: Readonly<Record<string, Uint8Array>>, ...options: readonly string[]): Buffer {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'in', name)), { recursive: true });
    writeFileSync(join(folder, 'in', name), content);
  }
  const out = join(folder, 'out.tar');
  execFileSync('tar', ['-C', join(folder, 'in'), ...options, '-cf', out, ...Object.keys(files)]);
  return readFileSync(out);
}

/** Returns the tar in each supported compression, by file name suffix. */
export async function packings(plain: Buffer): Promise<Record<string, Buffer>> {
  const frames: Buffer[] = [];
  for (let at = 0; at < plain.length; at += 4096) frames.push(await compressFrame(plain.subarray(at, at + 4096)));
  return { '.tar': plain, '.tgz': gzipSync(plain), '.tar.gz': gzipSync(plain), '.tar.zst': Buffer.concat(frames) };
}
