import { expect, it } from 'vitest';
import { browserStore } from '../../../web/client/index.js';
import { readChoices, writeChoices } from '../../../web/state/choices.js';

function storeWith(values: Readonly<Record<string, string>>): ReturnType<typeof browserStore> {
  const stored = new Map(Object.entries(values));
  return browserStore(() => ({
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
    removeItem: (key) => void stored.delete(key),
  }));
}

it('reads what was written', () => {
  const store = storeWith({});
  writeChoices(store, { theme: 'dark', bytes: true, columns: 'process,rtt' });
  expect(readChoices(store)).toEqual({ theme: 'dark', bytes: true, columns: 'process,rtt' });
  writeChoices(store, { bytes: false });
  expect(readChoices(store)).toEqual({ theme: 'dark', bytes: false, columns: 'process,rtt' });
});

it('has the usual choices for wrong values', () => {
  expect(readChoices(storeWith({ 'tcp-info.theme': 'pink', 'tcp-info.bytes': '1' }))).toEqual({
    theme: 'system',
    bytes: false,
    columns: '',
  });
});
