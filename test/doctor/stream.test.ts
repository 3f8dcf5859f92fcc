import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stream } from '../../doctor/checks/stream.js';
import { createContext } from '../../doctor/context.js';
import { USUAL_ADDRESS } from '../../live/client/index.js';
import { tempFolder } from '../support/temp.js';

const GIB = 2 ** 30;

function context(streamOutput?: string): ReturnType<typeof createContext> {
  return createContext(
    {
      ...{ output: '/', intervalNs: 1e7, uuidPrefixAuto: false, writeInside: false },
      live: { place: USUAL_ADDRESS, isGiven: false },
      ...(streamOutput === undefined ? {} : { streamOutput }),
    },
    {},
  );
}

describe('the check of the stream of rows', () => {
  const judged = { path: '/a/rows', exists: true, folder: '/a/rows' };

  it('is made only with its folder', () => {
    expect(stream.wanted(context())).toBe(false);
    expect(stream.wanted(context('/rows'))).toBe(true);
  });

  it('names the file system and the free space', () => {
    expect(stream.judge({ ...judged, type: 'ext4', freeBytes: 2 * GIB })).toEqual({
      level: 'ok',
      found: '/a/rows on ext4; 2 GiB free',
    });
    expect(stream.judge({ ...judged, type: 'tmpfs', freeBytes: GIB - 1 })).toMatchObject({
      level: 'warn',
      found: expect.stringContaining('in memory'),
    });
  });

  it('fails without rights, and without the folder in which it is to be made', () => {
    expect(stream.judge({ ...judged, error: 'permission denied (EACCES)' })).toMatchObject({
      level: 'fail',
      found: '/a/rows: permission denied (EACCES)',
    });
    const missing = { path: '/a/b/rows', exists: false, folder: '/a', freeBytes: GIB };
    expect(stream.judge(missing)).toMatchObject({ level: 'fail', found: '/a/b/rows: the folder /a/b does not exist' });
    expect(stream.judge({ ...missing, folder: '/a/b' })).toMatchObject({ level: 'ok' });
  });

  it('looks at the folder, and leaves nothing in it', async () => {
    const folder = tempFolder();
    expect(await stream.run(context(join(folder, 'rows')))).toMatchObject({ level: expect.stringMatching(/ok|warn/) });
    expect(readdirSync(folder)).toEqual([]);
    mkdirSync(join(folder, 'rows'));
    expect(await stream.run(context(join(folder, 'rows')))).toMatchObject({ level: expect.stringMatching(/ok|warn/) });
    expect(await stream.run(context(join(folder, 'no', 'rows')))).toMatchObject({ level: 'fail' });
    expect(readdirSync(join(folder, 'rows'))).toEqual([]);
  });
});
