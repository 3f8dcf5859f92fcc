import { describe, expect, it } from 'vitest';
import { parseLiveAddress } from '../../../live/client/index.js';

describe('an address of a collector', () => {
  it.each([
    ['unix:/run/x.sock', { text: 'unix:/run/x.sock', socketPath: '/run/x.sock', basePath: '' }],
    ['/run/x.sock', { text: 'unix:/run/x.sock', socketPath: '/run/x.sock', basePath: '' }],
    ['http://localhost:7080', { text: 'http://localhost:7080', host: 'localhost', port: 7080, basePath: '' }],
    ['localhost:7080', { text: 'http://localhost:7080', host: 'localhost', port: 7080, basePath: '' }],
    ['http://[::1]:7080/', { text: 'http://[::1]:7080', host: '::1', port: 7080, basePath: '' }],
    ['http://proxy/tcp/', { text: 'http://proxy', host: 'proxy', port: 80, basePath: '/tcp' }],
    ['http://h:1/#token=abc', { text: 'http://h:1', host: 'h', port: 1, basePath: '', token: 'abc' }],
  ] as const)('%s', (text, address) => {
    expect(parseLiveAddress(text)).toEqual(address);
  });

  it.each([
    '',
    'unix:',
    'ftp://x',
    'http://',
    'https://x',
    'http://u@h',
    'http://h/?token=x',
    'http://h/#token=a%0Ab',
  ])('is not %j', (text) => {
    expect(parseLiveAddress(text)).toBeUndefined();
  });

  it('has the given token, unless it has its own', () => {
    expect(parseLiveAddress('unix:/x', 'given')?.token).toBe('given');
    expect(parseLiveAddress('http://h/#token=own', 'given')?.token).toBe('own');
    expect(parseLiveAddress('unix:/x', '')).not.toHaveProperty('token');
    expect(parseLiveAddress('unix:/x', 'two\nlines')).toBeUndefined();
  });
});
