import { describe, expect, it } from 'vitest';
import { netnsScope } from '../../../cmd/tcp-info/top/netns-scope.js';
import type { SourceMode } from '../../../view/top/index.js';
import { statusJson } from '../../view/top/rows.js';
import { FakeSource } from './fake-source.js';

/** Creates a source whose own network namespace has this inode. */
function sourceIn(netnsInode: number | null, mode: SourceMode = 'live'): FakeSource {
  const source = new FakeSource(mode);
  source.status = async () => ({ ...statusJson({}), netnsInode });
  return source;
}

describe('the condition of --netns', () => {
  it('does not exist without the option', async () => {
    expect(await netnsScope(undefined, sourceIn(7))).toBe('');
  });

  it('is the name, with quotes and backslashes escaped', async () => {
    expect(await netnsScope('blue', sourceIn(7))).toBe('connection.netnsName = "blue"');
    expect(await netnsScope('a"b\\', sourceIn(7))).toBe('connection.netnsName = "a\\"b\\\\"');
  });

  it('is the inode, and none for that of the collector itself, whose connections have none', async () => {
    expect(await netnsScope('8', sourceIn(7))).toBe('connection.netnsInode = 8');
    expect(await netnsScope('7', sourceIn(7))).toBe('connection.netnsInode = null');
    expect(await netnsScope('7', sourceIn(null))).toBe('connection.netnsInode = 7');
    expect(await netnsScope('7', sourceIn(7, 'archive'))).toBe('connection.netnsInode = 7');
  });
});
