import { describe, expect, it } from 'vitest';
import { showCommand } from '../../view/show-command.js';

describe('the suggested show command', () => {
  it('names a connection by the end of its UUID, and quotes paths', () => {
    expect(showCommand('host_1700000000_00000000000A77F3', ['data'])).toBe('tcp-info show 00000000000A77F3 data');
    expect(showCommand('other.uuid-1', ["it's here"])).toBe(`tcp-info show other.uuid-1 'it'\\''s here'`);
  });

  it.each([
    ['an option', '--output=/etc/passwd'],
    ['an option at its end', 'x--html=/tmp/pwn;y'],
    ['a line break', 'a\nb'],
    ['a character that reverses the text', 'a\u202eb'],
    ['no characters', ''],
  ])('is omitted for a UUID with %s', (_, uuid) => {
    expect(showCommand(uuid, ['data'])).toBeUndefined();
  });

  it('is omitted when a path looks like an option or standard input', () => {
    for (const path of ['-', '--strict', '-rf', 'a\u001b[2J']) {
      expect(showCommand('host_1_00000000000A77F3', [path])).toBeUndefined();
    }
    expect(showCommand(null, ['data'])).toBeUndefined();
  });
});
