import { describe, expect, it } from 'vitest';
import { ROW_FIELDS } from '../../../../live/store/index.js';
import { lackedValue } from '../../../../view/top/rows-as-json.js';

describe('an expression', () => {
  it.each([
    ['now.limitedBy:rwnd', { name: 'limitedBy', instead: 'connection.limitedBy' }],
    ['dport 443 (now.rttUs > 1s or is:open)', { name: 'rttUs', instead: undefined }],
    ['not 2 * now.minRttUs < 1s', { name: 'minRttUs', instead: 'connection.minRttUs' }],
    ['queue > 5ms', { name: 'queueingDelayUs', instead: undefined }],
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
    // In archives these are values of the whole recorded time.
    'limited:rwnd rtt > 3*minrtt send in (1B/s)',
    'is:lossy is:limited -is:idle',
  ])('does not ask for the last second: %s', (text) => {
    expect(lackedValue(text)).toBeUndefined();
  });

  it('asks for it with each field of the last second', () => {
    for (const { name } of ROW_FIELDS.filter(({ part, type }) => part === 'now' && type !== 'object')) {
      expect(lackedValue(`now.${name} != null`)?.name).toBe(name);
    }
  });
});
