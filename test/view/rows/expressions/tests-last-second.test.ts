import { describe, expect, it } from 'vitest';
import { ROW_FIELDS, ROW_FLAGS } from '../../../../live/store/index.js';
import { lackedValue } from '../../../../view/top/rows-as-json.js';
import { fakeRow } from '../../../live/answers/fake-store.js';

describe('an expression', () => {
  it.each([
    ['limited:rwnd', { name: 'limitedBy', instead: 'connection.limitedBy' }],
    ['dport 443 (rtt > 1s or is:open)', { name: 'rttUs', instead: undefined }],
    ['not 2 * minrtt < 1s', { name: 'minRttUs', instead: 'connection.minRttUs' }],
    ['send in (1B/s)', { name: 'sendThroughputBytesPerSec', instead: 'connection.sendThroughputBytesPerSec' }],
    ['is:open -is:LOSSY', { name: 'is:lossy', instead: undefined }],
  ])('asks for the last second: %s', (text, lacked) => {
    expect(lackedValue(text)).toEqual(lacked);
  });

  it.each([
    '',
    'nginx',
    'dport 443',
    'connection.limitedBy = rwnd',
    'age > 1s is:open',
    'comm = rtt',
  ])('does not ask for the last second: %s', (text) => {
    expect(lackedValue(text)).toBeUndefined();
  });

  it('asks for it with each field of the last second, and with each flag that is unknown without one', () => {
    for (const { name } of ROW_FIELDS.filter(({ part, type }) => part === 'now' && type !== 'object')) {
      expect(lackedValue(`now.${name} != null`)?.name).toBe(name);
    }
    const row = { ...fakeRow({}), now: null };
    for (const { name, read } of ROW_FLAGS) {
      expect(lackedValue(`is:${name}`) !== undefined, name).toBe(read(row) === null);
    }
  });
});
