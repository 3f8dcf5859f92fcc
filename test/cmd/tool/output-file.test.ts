import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutput } from '../../../cmd/tool/output-file.js';
import { until } from '../../support/waiting.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Returns whether this process has a file of the folder open, removed or not. */
function isAnyOpen(): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false; // the descriptor with which the folder was read
    }
  });
}

describe('openOutput', () => {
  it('leaves neither a file nor a descriptor of an output that is abandoned', async () => {
    const output = await openOutput(join(folder, 'out'), new PassThrough());
    await output.write(Buffer.from('half'));
    expect(isAnyOpen()).toBe(true);
    output.abandon();
    expect(readdirSync(folder)).toEqual([]);
    await until('the file is closed', () => !isAnyOpen());
  });

  it('may be abandoned after it was finished', async () => {
    const output = await openOutput(join(folder, 'out'), new PassThrough());
    await output.write(Buffer.from('whole'));
    await output.finish();
    output.abandon();
    expect(readdirSync(folder)).toEqual(['out']);
    await until('the file is closed', () => !isAnyOpen());
  });
});
