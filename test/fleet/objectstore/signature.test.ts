import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectUrl } from '../../../fleet/objectstore/endpoint.js';
import { authorize } from '../../../fleet/objectstore/request.js';

/** Keys of the examples in Amazon's documentation of Signature Version 4. */
const KEYS = {
  kind: 'keys',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
} as const;
const EMPTY = createHash('sha256').update('').digest('hex');

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Decodes a part of a URL as a server does. */
function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Computes the signature as a server does: from what arrives, by the rules of the documentation. */
function signatureOfServer(method: string, url: URL, headers: Headers, secret: string): string {
  const authorization = headers.get('authorization') ?? '';
  const [, scope = '', signed = ''] = /Credential=[^/]*\/(\S+), SignedHeaders=(\S+), /.exec(authorization) ?? [];
  const query = url.search
    .slice(1)
    .split('&')
    .filter((each) => each !== '');
  const pairs = query.map((pair) => pair.split('=').map((part) => encoded(decoded(part))));
  const canonical = [
    method,
    decoded(url.pathname.replaceAll('+', '%2B')).split('/').map(encoded).join('/'),
    pairs
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
      .map((pair) => pair.join('='))
      .join('&'),
    ...signed.split(';').map((name) => `${name}:${name === 'host' ? url.host : headers.get(name)}`),
    '',
    signed,
    headers.get('x-amz-content-sha256'),
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const key = scope.split('/').reduce<Buffer | string>((key, part) => hmac(key, part), `AWS4${secret}`);
  return hmac(key as Buffer, ['AWS4-HMAC-SHA256', headers.get('x-amz-date'), scope, hash].join('\n')).toString('hex');
}

describe('signature', () => {
  it.each([
    ['lifecycle', { lifecycle: '' }, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    ['list', { 'max-keys': '2', prefix: 'J' }, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
  ])('is that of the example "%s" in the documentation', async (_name, query, signature) => {
    const endpoint = { base: 'https://examplebucket.s3.amazonaws.com', pathStyle: false, region: 'us-east-1' };
    const url = objectUrl(endpoint, 'examplebucket', '', query as Record<string, string>);
    const request = { url, method: 'GET', headers: { 'x-amz-content-sha256': EMPTY } };
    const headers = await authorize(KEYS, request, endpoint, '20130524T000000Z');
    expect(headers.get('authorization')).toMatch(new RegExp(`Signature=${signature}$`));
  });

  it('is what a server computes of the request as it arrives, for any key, query and headers', async () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => each !== '.' && each !== '..');
    const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const queries = fc.dictionary(fc.stringMatching(/^[a-zA-Z-]{1,12}$/), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(key, queries, fc.boolean(), async (key, query, pathStyle) => {
        const endpoint = { base: 'http://127.0.0.1:8080', pathStyle, region: 'eu-west-3' };
        const url = objectUrl(endpoint, 'bucket', key, query);
        const md5 = createHash('md5').update(key).digest('base64');
        const keys = { ...KEYS, sessionToken: 'token/with+letters==' };
        const headers = await authorize(keys, { url, method: 'PUT', headers: { 'content-md5': md5 } }, endpoint);
        const authorization = headers.get('authorization') ?? '';
        expect(authorization).toContain('content-md5');
        expect(authorization).toContain('x-amz-security-token');
        expect(authorization).not.toContain(KEYS.secretAccessKey);
        const expected = signatureOfServer('PUT', new URL(url.href), headers, KEYS.secretAccessKey);
        expect(authorization.endsWith(`Signature=${expected}`)).toBe(true);
      }),
    );
  });

  it('is a token where there is one', async () => {
    const url = new URL('https://storage.googleapis.com/b/k');
    const headers = await authorize(
      { kind: 'bearer', token: 't' },
      { url, method: 'GET', headers: { a: 'b' } },
      { region: 'auto' },
    );
    expect(Object.fromEntries(headers)).toEqual({ a: 'b', authorization: 'Bearer t' });
  });
});
