import { expect, it } from 'vitest';
import { browserStore } from '../../../web/client/index.js';
import { INTERVALS_MS, nextInterval, readChoices, writeChoices } from '../../../web/state/choices.js';

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
  writeChoices(store, { theme: 'dark', bytes: true, columns: 'process,rtt', everyMs: 5000 });
  expect(readChoices(store)).toEqual({ theme: 'dark', bytes: true, columns: 'process,rtt', everyMs: 5000 });
  writeChoices(store, { bytes: false });
  expect(readChoices(store)).toEqual({ theme: 'dark', bytes: false, columns: 'process,rtt', everyMs: 5000 });
});

it('has the usual choices for wrong values', () => {
  expect(readChoices(storeWith({ 'tcp-info.theme': 'pink', 'tcp-info.bytes': '1', 'tcp-info.everyMs': '3' }))).toEqual({
    theme: 'system',
    bytes: false,
    columns: '',
    everyMs: 1000,
  });
});

it('goes through the times between refreshes, to both ends', () => {
  const longer = INTERVALS_MS.map((everyMs) => nextInterval(everyMs, 1));
  expect(longer).toEqual([...INTERVALS_MS.slice(1), undefined]);
  const shorter = INTERVALS_MS.map((everyMs) => nextInterval(everyMs, -1));
  expect(shorter).toEqual([undefined, ...INTERVALS_MS.slice(0, -1)]);
});
