import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StatusJson } from '../../../live/wire/index.js';
import { type ApiClient, browserStore, ProblemError } from '../../../web/client/index.js';
import { PageState } from '../../../web/state/page-state.js';
import { Refresh } from '../../../web/state/refresh.js';

const problem = (status: number, code: string): ProblemError =>
  new ProblemError({ type: 'about:blank', title: '', status, code, detail: code });

/** Collector that the test plays: answers by path; an error is thrown. */
class FakeCollector {
  readonly asked: string[] = [];
  readonly answers: Record<string, object> = {
    '/status': { mode: 'live', version: '1', uptimeUs: 1_000_000 },
    '/fields': { fields: [], flags: [] },
    '/overview': { windowUs: 5e6, seconds: [{ open: 1 }, { open: 2 }] },
    '/http': problem(404, 'ERR_NO_HTTP'),
    '/services': { services: [] },
  };
  readonly visibility = {
    isHidden: false,
    onChange: (listener: () => void) => {
      this.shown = listener;
      return () => undefined;
    },
  };
  shown = (): void => undefined;
  readonly state: PageState;
  readonly refresh: Refresh;

  constructor(change: Record<string, object> = {}) {
    Object.assign(this.answers, change);
    const api: ApiClient = {
      get: async <T>(path: string) => {
        this.asked.push(path);
        const answer = this.answers[path];
        if (answer instanceof Error) throw answer;
        return answer as T;
      },
      file: () => Promise.reject(new Error('not asked for')),
      post: () => Promise.reject(new Error('not asked for')),
      delete: () => Promise.reject(new Error('not asked for')),
      stream: () => () => undefined,
    };
    const nothing = (): undefined => undefined;
    this.state = new PageState({
      api,
      address: { value: '', write: nothing, onChange: nothing },
      store: browserStore(() => ({ getItem: () => null, setItem: nothing, removeItem: nothing })),
      prefersDark: { value: false, onChange: nothing },
      copyRows: () => Promise.reject(new Error('not asked for')),
    });
    this.refresh = new Refresh({ api, state: this.state, visibility: this.visibility });
  }

  /** Returns the paths asked for since the last call. */
  take(): string[] {
    return this.asked.splice(0);
  }
}

let collector: FakeCollector | undefined;

function start(change?: Record<string, object>): FakeCollector {
  collector = new FakeCollector(change);
  return collector;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  collector?.refresh.stop();
  vi.useRealTimers();
});

describe('Refresh', () => {
  it('asks for all at first, then for the last second, and for the status every 5 s', async () => {
    const { state, ...fake } = start();
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.asked.splice(0)).toEqual(['/status', '/fields', '/http', '/services', '/overview']);
    expect(state.shell).toMatchObject({ optional: { http: false, services: true }, second: { open: 2 } });
    await vi.advanceTimersByTimeAsync(10_000);
    const later = fake.asked.splice(0);
    expect(later.filter((path) => path === '/overview')).toHaveLength(10);
    expect(later.filter((path) => path === '/status')).toHaveLength(2);
    expect(later).toHaveLength(12);
  });

  it('keeps the page that its parts got while only the last second changes', async () => {
    const { state, answers } = start();
    await vi.advanceTimersByTimeAsync(0);
    const { page } = state.shell;
    const seen: unknown[] = [];
    const end = page?.onSeconds((seconds) => seen.push(seconds));
    answers['/overview'] = { windowUs: 1e7, seconds: [{ open: 3 }] };
    await vi.advanceTimersByTimeAsync(1000);
    end?.();
    expect(state.shell.second).toEqual({ open: 3 });
    expect(state.shell.page).toBe(page);
    expect(seen).toEqual([answers['/overview']]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen).toHaveLength(1);
  });

  it('asks for the fields of another collector, and says that its version is another one', async () => {
    const fake = start();
    await vi.advanceTimersByTimeAsync(0);
    fake.take();
    fake.answers['/status'] = { mode: 'live', version: '2', uptimeUs: 5 };
    await vi.advanceTimersByTimeAsync(5000);
    expect(fake.take()).toContain('/fields');
    expect(fake.state.shell.message.text).toBe('The collector is version 2 now: load the page again.');
    expect((fake.state.shell.page?.status as StatusJson).version).toBe('2');
  });

  it('asks for nothing while the page is hidden, and for all at once after', async () => {
    const fake = start();
    await vi.advanceTimersByTimeAsync(0);
    fake.take();
    fake.visibility.isHidden = true;
    fake.shown();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fake.take()).toEqual([]);
    fake.visibility.isHidden = false;
    fake.shown();
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.take()).toEqual(['/status', '/overview']);
  });

  it('asks archives for no last second', async () => {
    const fake = start({ '/status': { mode: 'archive', version: '1', uptimeUs: 0 } });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fake.take()).not.toContain('/overview');
  });

  it('shows why it was refused at first, and goes on when there is room', async () => {
    const fake = start({ '/status': problem(503, 'ERR_FULL') });
    await vi.advanceTimersByTimeAsync(3000);
    expect(fake.state.shell).toMatchObject({ page: undefined, refused: { code: 'ERR_FULL' } });
    fake.answers['/status'] = { mode: 'live', version: '1', uptimeUs: 1 };
    await vi.advanceTimersByTimeAsync(1000);
    expect(fake.state.shell.refused).toBeUndefined();
    expect(fake.state.shell.page).toBeDefined();
  });

  it('does not guess tokens', async () => {
    const fake = start({ '/status': problem(401, 'ERR_TOKEN') });
    fake.state.reached({ kind: 'denied', problem: problem(401, 'ERR_TOKEN'), hasToken: false });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fake.take()).toEqual(['/status']);
    expect(fake.state.shell.refused).toBeUndefined();
    void fake.refresh.now();
    expect(fake.take()).toEqual(['/status']);
  });
});
