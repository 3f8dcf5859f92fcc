import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProfile } from '../../daemon/profile.js';
import { tempFolder } from '../support/temp.js';

describe('the CPU profile of -trace', () => {
  it('replaces a symbolic link and not its target', async () => {
    const folder = tempFolder();
    const [target, trace] = [join(folder, 'target'), join(folder, 'trace')];
    writeFileSync(target, 'precious');
    symlinkSync(target, trace);
    symlinkSync(target, `${trace}.${process.pid}.partial`);
    await (await startProfile()).finish(trace);
    expect(readFileSync(target, 'utf8')).toBe('precious');
    expect(lstatSync(trace).isFile()).toBe(true);
    expect(JSON.parse(readFileSync(trace, 'utf8'))).toHaveProperty('nodes');
    expect(readdirSync(folder).sort()).toEqual(['target', 'trace']);
  });

  it('reports a failed write, and leaves nothing behind', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'trace/x'), { recursive: true });
    await expect((await startProfile()).finish(join(folder, 'trace'))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual(['trace']);
  });
});
