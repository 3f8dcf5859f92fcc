import { describe, expect, it } from 'vitest';
import { objectUrl, resolveEndpoint } from '../../../fleet/objectstore/endpoint.js';
import { formatLocation, isLocation, parseLocation } from '../../../fleet/objectstore/location.js';

const S3 = { scheme: 's3', bucket: 'bucket', key: '' } as const;

describe('location', () => {
  it.each([
    ['s3://bucket', { scheme: 's3', bucket: 'bucket', key: '' }],
    ['s3://bucket/', { scheme: 's3', bucket: 'bucket', key: '' }],
    ['gs://my.bucket_1/a/b c/d.zst', { scheme: 'gs', bucket: 'my.bucket_1', key: 'a/b c/d.zst' }],
  ])('reads %s', (text, expected) => {
    expect(parseLocation(text)).toEqual(expected);
    expect(isLocation(text)).toBe(true);
  });

  it.each([
    's3://',
    's3://A',
    's3://a',
    'http://bucket/x',
    's3:/bucket',
    '/s3://bucket',
    's3://-bucket/x',
  ])('rejects %s', (text) => {
    expect(parseLocation(text)).toBeUndefined();
  });

  it('is written as it is read', () => {
    for (const text of ['s3://bucket', 'gs://bucket/a/b']) {
      const location = parseLocation(text);
      expect(location === undefined ? undefined : formatLocation(location)).toBe(text);
    }
  });
});

describe('address of a store', () => {
  it.each([
    ['Amazon', S3, { env: {} }, 'https://bucket.s3.us-east-1.amazonaws.com/k/1'],
    ['Amazon in a region', S3, { env: { AWS_REGION: 'eu-west-1' } }, 'https://bucket.s3.eu-west-1.amazonaws.com/k/1'],
    [
      'the flag before the environment',
      S3,
      { region: 'eu-west-2', env: { AWS_REGION: 'eu-west-1' } },
      'https://bucket.s3.eu-west-2.amazonaws.com/k/1',
    ],
    ['China', S3, { env: { AWS_DEFAULT_REGION: 'cn-north-1' } }, 'https://bucket.s3.cn-north-1.amazonaws.com.cn/k/1'],
    ['a dot in the name', { ...S3, bucket: 'a.b.c' }, { env: {} }, 'https://s3.us-east-1.amazonaws.com/a.b.c/k/1'],
    [
      'Google',
      { ...S3, scheme: 'gs' as const },
      { env: { AWS_ENDPOINT_URL: 'http://s3/' } },
      'https://storage.googleapis.com/bucket/k/1',
    ],
    ['another store', S3, { env: { AWS_ENDPOINT_URL_S3: 'http://s3:9000/' } }, 'http://s3:9000/bucket/k/1'],
    [
      'another store by its flag',
      S3,
      { endpoint: 'https://x/y/', env: { AWS_ENDPOINT_URL: 'http://s3' } },
      'https://x/y/bucket/k/1',
    ],
  ])('is right for %s', (_name, location, options, expected) => {
    expect(objectUrl(resolveEndpoint(location, options), location.bucket, 'k/1').href).toBe(expected);
  });

  it('has a bucket without a key, and no key that would lead elsewhere', () => {
    const endpoint = resolveEndpoint(S3, { endpoint: 'http://s3', env: {} });
    expect(objectUrl(endpoint, 'bucket', '', { 'list-type': '2' }).href).toBe('http://s3/bucket/?list-type=2');
    expect(() => objectUrl(endpoint, 'bucket', 'a/../b')).toThrow(RangeError);
  });
});
