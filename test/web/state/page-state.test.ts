import { describe, expect, it } from 'vitest';
import { ROW_FIELDS, ROW_FLAGS } from '../../../live/store/index.js';
import type { StatusJson, ViewJson } from '../../../live/wire/index.js';
import { FrozenView, jsonVocabulary } from '../../../view/rows/expressions/index.js';
import { RowFields } from '../../../view/rows/index.js';
import { type ApiClient, browserStore } from '../../../web/client/index.js';
import { ProblemError } from '../../../web/client/problem-error.js';
import { PageState } from '../../../web/state/page-state.js';

const VIEW: ViewJson = {
  ...{ time: '2026-11-28T19:05:00.000Z', generation: 1, total: 3, matched: 3, closed: 1, offset: 0 },
  connections: [],
};
const frozenView = (): FrozenView => new FrozenView(VIEW, 0, jsonVocabulary(new RowFields(ROW_FIELDS), ROW_FLAGS));
const status = (mode: 'live' | 'archive'): StatusJson => ({ mode, host: 'host' }) as StatusJson;

/** State with an address and a store that the test sees. */
function newState(hash = '', copyRows: () => Promise<FrozenView> = async () => frozenView()) {
  const history: [how: string, hash: string][] = [];
  let changed = (): void => undefined;
  const address = {
    value: hash,
    write: (next: string, how: 'push' | 'replace') => {
      history.push([how, next]);
      address.value = next;
    },
    onChange: (listener: () => void) => {
      changed = listener;
    },
  };
  const stored = new Map<string, string>();
  let isDark = false;
  let themeChanged = (): void => undefined;
  const state = new PageState({
    api: {} as ApiClient,
    address,
    store: browserStore(() => ({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    })),
    prefersDark: {
      get value() {
        return isDark;
      },
      onChange: (listener) => {
        themeChanged = listener;
      },
    },
    copyRows,
  });
  return {
    ...{ state, history, stored },
    back: (to: string) => {
      address.value = to;
      changed();
    },
    prefersDark: (value: boolean) => {
      isDark = value;
      themeChanged();
    },
    ready: (mode: 'live' | 'archive' = 'live') =>
      state.take({ fields: { fields: [], flags: [] }, status: status(mode) }),
  };
}

describe('PageState', () => {
  it('has no page before the fields are known', () => {
    const { state, ready } = newState();
    expect(state.shell.page).toBeUndefined();
    ready();
    expect(state.shell.page).toMatchObject({ status: { host: 'host' }, place: { tab: 'connections' } });
  });

  it('goes to a place, which the address then has', () => {
    const { state, history, ready } = newState('#filter=rtt+>+1s');
    ready();
    const before = state.shell.page;
    before?.go({ tab: 'groups' });
    before?.go({ filter: '' }, 'replace');
    before?.go({ tab: 'groups' });
    expect(history).toEqual([
      ['push', 'tab=groups&filter=rtt+>+1s'],
      ['replace', 'tab=groups'],
    ]);
    expect(state.shell.page).not.toBe(before);
    expect(state.shell.page?.place).toMatchObject({ tab: 'groups', filter: '' });
  });

  it('follows Back and Forward', () => {
    const { state, back, ready } = newState('#tab=groups');
    ready();
    back('#tab=machine&key=a');
    expect(state.shell.page?.place).toMatchObject({ tab: 'machine', key: 'a' });
  });

  it('stores choices, and follows the system until another theme is chosen', () => {
    const { state, stored, prefersDark, ready } = newState();
    ready();
    expect(state.shell.theme).toBe('light');
    prefersDark(true);
    expect(state.shell.page?.theme).toBe('dark');
    state.choose({ theme: 'light', bytes: true });
    prefersDark(true);
    expect(state.shell.page).toMatchObject({ theme: 'light', look: { bytes: true } });
    expect(Object.fromEntries(stored)).toEqual({ 'tcp-info.theme': 'light', 'tcp-info.bytes': 'true' });
  });

  it('keeps the time of a loss until the collector answers', () => {
    const { state } = newState();
    state.reached({ kind: 'lost', reason: 'first' });
    const since = state.shell.lost?.sinceMs;
    state.reached({ kind: 'lost', reason: 'second' });
    expect(state.shell.lost).toEqual({ sinceMs: since, reason: 'second' });
    state.reached({ kind: 'reached' });
    expect(state.shell.lost).toBeUndefined();
  });

  it('asks for a token that is missing, wrong, or was wrong too often', () => {
    const { state } = newState();
    const denied = (code: number, hasToken: boolean): void => {
      const problem = { type: 'about:blank', title: '', status: code, code: 'ERR_TOKEN', detail: '' } as const;
      state.reached({ kind: 'denied', problem: new ProblemError(problem), hasToken });
    };
    denied(401, false);
    expect(state.shell.access).toBe('missing');
    denied(401, true);
    expect(state.shell.access).toBe('wrong');
    denied(429, true);
    expect(state.shell.access).toBe('too-many');
    state.reached({ kind: 'reached' });
    expect(state.shell.access).toBe('granted');
  });

  it('freezes a copy, and goes on', async () => {
    const { state, ready } = newState();
    ready();
    state.toggleFreeze();
    expect(state.shell.isFreezing).toBe(true);
    state.toggleFreeze();
    await Promise.resolve();
    await Promise.resolve();
    expect(state.shell.page?.frozen?.total).toBe(3);
    expect(state.shell.isFreezing).toBe(false);
    state.toggleFreeze();
    expect(state.shell.page?.frozen).toBeUndefined();
  });

  it('says why nothing can be frozen', async () => {
    const archive = newState();
    archive.ready('archive');
    archive.state.toggleFreeze();
    expect(archive.state.shell.message.text).toBe('Archives do not change: there is nothing to freeze.');

    const problem = {
      type: 'about:blank',
      title: '',
      status: 429,
      code: 'ERR_LIMIT',
      detail: 'too many lists',
    } as const;
    const { state, ready } = newState('', () => Promise.reject(new ProblemError(problem)));
    ready();
    state.toggleFreeze();
    await new Promise((resolve) => setTimeout(resolve));
    expect(state.shell).toMatchObject({
      isFreezing: false,
      message: { text: 'The rows cannot be copied: too many lists' },
    });
  });

  it('tells subscribers of each change until they leave', () => {
    const { state } = newState();
    let changes = 0;
    const leave = state.subscribe(() => changes++);
    state.say('a');
    state.say('a');
    expect(changes).toBe(2);
    expect(state.shell.message.number).toBe(2);
    leave();
    state.say('b');
    expect(changes).toBe(2);
  });
});
