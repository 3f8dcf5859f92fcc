import { describe, expect, it } from 'vitest';
import { Poller, type PollerOptions } from '../../../web/poll/poller.js';

function setUp(options: Partial<PollerOptions<number>> = {}) {
  const log: unknown[] = [];
  const timers: { readonly run: () => void; readonly ms: number }[] = [];
  const page = { isHidden: false };
  let listener = (): void => undefined;
  let answer: () => Promise<number> = async () => 1;
  const poller = new Poller<number>({
    ask: () => answer(),
    everyMs: 1000,
    visibility: {
      get isHidden() {
        return page.isHidden;
      },
      onChange: (changed) => {
        listener = changed;
        return () => {
          listener = () => undefined;
        };
      },
    },
    onValue: (value) => log.push(value),
    onError: (error) => {
      log.push(String(error));
      return { isTemporary: String(error).includes('busy'), retryAfterMs: 5000 };
    },
    later: (run, ms) => {
      const timer = { run, ms };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    ...options,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ...{ poller, log, timers, page, settle },
    answers: (next: () => Promise<number>) => {
      answer = next;
    },
    changed: () => listener(),
    /** Runs the timer that is due, and waits for what it does. */
    tick: async () => {
      timers.shift()?.run();
      await settle();
    },
  };
}

describe('Poller', () => {
  it('asks at once, and again after each answer', async () => {
    const { log, timers, settle, tick } = setUp();
    await settle();
    expect(log).toEqual([1]);
    expect(timers.map(({ ms }) => ms)).toEqual([1000]);
    await tick();
    expect(log).toEqual([1, 1]);
  });

  it('asks once where nothing changes', async () => {
    const { log, timers, settle } = setUp({ everyMs: undefined });
    await settle();
    expect([log, timers]).toEqual([[1], []]);
  });

  it('asks nothing while the page is hidden, and at once when it is seen again', async () => {
    const { log, page, settle, tick, changed, timers } = setUp();
    await settle();
    page.isHidden = true;
    await tick();
    expect([log, timers]).toEqual([[1], []]);
    page.isHidden = false;
    changed();
    await settle();
    expect(log).toEqual([1, 1]);
  });

  it('tries again after a failure that can pass, when the server says', async () => {
    const { log, timers, settle, tick, answers } = setUp();
    await settle();
    answers(async () => {
      throw new Error('busy');
    });
    await tick();
    expect(log).toEqual([1, 'Error: busy']);
    expect(timers.map(({ ms }) => ms)).toEqual([5000]);
  });

  it('ends with a refusal, until it is told to ask again', async () => {
    const { log, timers, settle, tick, answers, poller } = setUp();
    await settle();
    answers(async () => {
      throw new Error('no such thing');
    });
    await tick();
    expect(timers).toEqual([]);
    answers(async () => 2);
    poller.again();
    await settle();
    expect(log).toEqual([1, 'Error: no such thing', 2]);
  });

  it('drops an answer that comes after its end', async () => {
    const { log, poller, settle, timers } = setUp();
    poller.stop();
    await settle();
    poller.again();
    await settle();
    expect([log, timers]).toEqual([[], []]);
  });
});
