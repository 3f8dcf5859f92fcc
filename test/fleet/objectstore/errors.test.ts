import { describe, expect, it } from 'vitest';
import { classOf } from '../../../fleet/objectstore/error.js';
import { Backoff } from '../../../fleet/objectstore/index.js';
import { readError } from '../../../fleet/objectstore/request.js';

describe('failure of a store', () => {
  it.each([
    [403, 'AccessDenied', 'denied'],
    [403, 'RequestTimeTooSkewed', 'denied'],
    [400, 'ExpiredToken', 'denied'],
    [404, 'NoSuchBucket', 'missing'],
    [400, 'BadDigest', 'damaged'],
    [400, 'InvalidPart', 'missing'],
    [412, 'PreconditionFailed', 'condition'],
    [503, 'SlowDown', 'unavailable'],
    [500, '', 'unavailable'],
    [429, '', 'unavailable'],
    [501, 'NotImplemented', 'refused'],
    [301, 'PermanentRedirect', 'refused'],
  ] as const)('%i %s is of the class %s', (status, code, expected) => {
    expect(classOf(status, code)).toBe(expected);
  });

  it('is read without what repeats the request', () => {
    const text =
      '<Error><Code>SignatureDoesNotMatch</Code><Message>No</Message><StringToSign>secret</StringToSign></Error>';
    expect(readError(text)).toEqual({ code: 'SignatureDoesNotMatch', message: 'No' });
    expect(readError(`<Error><Code>A</Code><Message>${'x'.repeat(1000)}</Message></Error>`).message).toHaveLength(300);
    for (const other of ['', '<html><body>502</body></html>', 'bad gateway']) {
      expect(readError(other)).toEqual({ code: '', message: '' });
    }
  });
});

describe('wait between attempts', () => {
  it('doubles up to a limit, and begins anew after a success', () => {
    const backoff = new Backoff({ random: () => 0.999_999 });
    const waits = Array.from({ length: 40 }, () => backoff.failed());
    expect(waits.slice(0, 5)).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(Math.max(...waits)).toBe(300_000);
    expect(backoff.failures).toBe(40);
    backoff.succeeded();
    expect(backoff.failed()).toBe(500);
  });

  it('is anything below the limit', () => {
    const backoff = new Backoff({ random: () => 0 });
    expect([backoff.failed(), backoff.failed()]).toEqual([0, 0]);
  });
});
