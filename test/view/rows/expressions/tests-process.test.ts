import { describe, expect, it } from 'vitest';
import { filterTestsProcess } from '../../../../view/top/rows-as-json.js';

describe('an expression', () => {
  it.each([
    'comm:nginx',
    'pid = 7',
    'not (user = root)',
    'rtt > 1s unit:web*',
    'is:unknown-process',
    'nginx',
    '443',
  ])('depends on processes: %s', (text) => {
    expect(filterTestsProcess(text)).toBe(true);
  });

  it.each([
    '',
    'dport 443',
    'rtt > 3*minrtt',
    'is:open limited:rwnd',
    'state in (LISTEN, CLOSE)',
  ])('depends on no process: %s', (text) => {
    expect(filterTestsProcess(text)).toBe(false);
  });
});
