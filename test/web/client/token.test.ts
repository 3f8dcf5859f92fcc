import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { browserStore } from '../../../web/client/key-value-store.js';
import { splitToken, Token } from '../../../web/client/token.js';

describe('splitToken', () => {
  it('takes the token out of the fragment', () => {
    expect(splitToken('#token=abc')).toEqual({ token: 'abc', rest: '' });
    expect(splitToken('#tab=groups&token=abc&filter=rtt')).toEqual({ token: 'abc', rest: 'tab=groups&filter=rtt' });
  });

  it('takes the last of several', () => {
    expect(splitToken('#token=a&token=b')).toEqual({ token: 'b', rest: '' });
  });

  it('leaves a fragment without a token as it is', () => {
    expect(splitToken('#filter=token=1')).toEqual({ token: undefined, rest: 'filter=token=1' });
    expect(splitToken('')).toEqual({ token: undefined, rest: '' });
    expect(splitToken('#token=')).toEqual({ token: undefined, rest: '' });
  });

  it('decodes any token, and never leaves one in the rest', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string(), (token, other) => {
        const { token: found, rest } = splitToken(
          `#filter=${encodeURIComponent(other)}&token=${encodeURIComponent(token)}`,
        );
        expect(found).toBe(token);
        expect(rest).toBe(`filter=${encodeURIComponent(other)}`);
      }),
    );
  });

  it('takes a token with a bare percent sign as it is', () => {
    expect(splitToken('#token=50%').token).toBe('50%');
  });
});

describe('Token', () => {
  const storage = () => {
    const values = new Map<string, string>();
    return {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    };
  };

  it('survives a reload in the store of the browser’s tab', () => {
    const shared = storage();
    new Token(browserStore(() => shared)).set('abc');
    expect(new Token(browserStore(() => shared)).value).toBe('abc');
  });

  it('is not known at first', () => {
    expect(new Token(browserStore(storage)).value).toBeUndefined();
  });

  it('lasts as long as the page where the store is forbidden', () => {
    const token = new Token(
      browserStore(() => {
        throw new DOMException('denied', 'SecurityError');
      }),
    );
    token.set('abc');
    expect(token.value).toBe('abc');
  });
});

describe('browserStore', () => {
  it('has what was set where the store is full', () => {
    const store = browserStore(() => ({
      getItem: () => null,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
      removeItem: () => undefined,
    }));
    store.set('theme', 'dark');
    expect(store.get('theme')).toBe('dark');
    store.remove('theme');
    expect(store.get('theme')).toBeUndefined();
  });
});
