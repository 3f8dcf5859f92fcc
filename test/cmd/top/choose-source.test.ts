import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseSource } from '../../../cmd/tcp-info/top/choose-source.js';
import type { TopOptions } from '../../../cmd/tcp-info/top/options.js';

const OPTIONS: TopOptions = { paths: [], everyMs: 1000, once: true, format: 'text', loopback: true };
/** Address at which no collector listens. */
const NO_COLLECTOR = `unix:${join(import.meta.dirname, 'no.sock')}`;

describe('the source of top', () => {
  it('is either a collector or archives', async () => {
    const chosen = chooseSource({ ...OPTIONS, paths: ['x'], connect: NO_COLLECTOR }, {}, () => undefined);
    await expect(chosen).rejects.toMatchObject({
      isWrong: true,
      message: expect.stringContaining('--connect or PATH'),
    });
  });

  it('reports archives that are damaged, as other tools do: by a line, and exit code 3', async () => {
    const lines: string[] = [];
    const chosen = await chooseSource({ ...OPTIONS, paths: [import.meta.filename] }, {}, (line) => lines.push(line));
    expect(chosen).toMatchObject({ exitCode: 3, source: { mode: 'archive' } });
    expect(lines).toEqual([expect.stringContaining('neither an archive nor a tar of archives')]);
    await chosen.source.close();
  });

  it('is never this process for another network namespace, which it cannot see', async () => {
    const chosen = chooseSource({ ...OPTIONS, netns: 'blue' }, { TCP_INFO_LIVE: NO_COLLECTOR }, () => undefined);
    await expect(chosen).rejects.toMatchObject({
      isWrong: true,
      message: expect.stringMatching(/ENOENT.*nsenter --net=\/run\/netns\/NAME tcp-info top.* with -netns/),
    });
  });
});
