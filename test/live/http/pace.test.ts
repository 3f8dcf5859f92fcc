import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pace } from '../../../live/http/pace.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Pace', () => {
  it('runs a limited number of tasks at once, and the rest in order, with a limit per window', () => {
    const pace = new Pace(2, 10);
    const ran: number[] = [];
    for (let n = 0; n < 5; n++) pace.run(() => ran.push(n));
    expect(ran).toEqual([0, 1]);
    expect(pace.take(), 'others wait').toBe(false);
    vi.advanceTimersByTime(10);
    expect(ran).toEqual([0, 1, 2, 3]);
    vi.advanceTimersByTime(10);
    expect(ran).toEqual([0, 1, 2, 3, 4]);
    expect(pace.take(), 'one turn of this window is left').toBe(true);
    expect(pace.take()).toBe(false);
    vi.advanceTimersByTime(10);
    expect(vi.getTimerCount(), 'nothing waits').toBe(0);
    expect(pace.take()).toBe(true);
  });

  it('counts the tasks that a task requests', () => {
    const pace = new Pace(1, 10);
    let ran = 0;
    const again = () => {
      ran++;
      pace.run(again);
    };
    again();
    vi.advanceTimersByTime(100);
    expect(ran).toBe(12);
  });

  it('runs nothing after stop', () => {
    const pace = new Pace(1, 10);
    const task = vi.fn();
    pace.take();
    pace.run(task);
    pace.stop();
    vi.advanceTimersByTime(100);
    expect(task).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
