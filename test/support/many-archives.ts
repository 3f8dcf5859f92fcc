import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRecord, ZERO_TIMESTAMP } from '../../parse/index.js';
import { compressFrame } from '../../zstd/index.js';

/** Creates archives of different lengths in some folders; with `damaged` every hundredth is damaged. */
export async function makeArchives(folder: string, count: number, damaged = false): Promise<void> {
  const info = Buffer.alloc(232, 1);
  for (let i = 0; i < count; i++) {
    const uuid = `h_1_${i.toString(16).toUpperCase().padStart(16, '0')}`;
    const lines = [
      encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { uuid, sequence: 0, startTime: ZERO_TIMESTAMP } }),
    ];
    const rawIdm = Buffer.alloc(72);
    rawIdm.writeUInt32LE(i, 60);
    for (let n = 0; n < (i * 37) % 200; n++) {
      lines.push(
        encodeRecord({ timestamp: `2026-11-20T23:28:03.${1000 + n}Z`, rawIdm, attributes: [null, null, info] }),
      );
    }
    if (damaged && i % 100 === 50) lines.push('damaged\n');
    const day = join(folder, `2026/11/${10 + (i % 7)}`);
    mkdirSync(day, { recursive: true });
    writeFileSync(join(day, `${uuid}.00000.jsonl.zst`), await compressFrame(Buffer.from(lines.join(''))));
  }
}
