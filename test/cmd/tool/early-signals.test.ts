import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EarlySignals } from '../../../cmd/tool/early-signals.js';

describe('signals during the start', () => {
  let source: EventEmitter;
  let signals: EarlySignals;
  const calls: string[] = [];
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    source = new EventEmitter();
    signals = new EarlySignals(source);
    calls.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const onShutdown = (): void =>
    signals.onShutdown(
      (signal) => calls.push(`end ${signal}`),
      (signal) => calls.push(`force ${signal}`),
    );
  const onHangup = (): void => signals.onHangup(() => calls.push('reload'));

  it('SIGHUP is kept until the program can act on it, once for several', () => {
    source.emit('SIGHUP');
    source.emit('SIGHUP');
    expect(calls).toEqual([]);
    onHangup();
    expect(calls).toEqual(['reload']);
    source.emit('SIGHUP');
    expect(calls).toEqual(['reload', 'reload']);
  });

  it('SIGHUP that did not come is not acted on, and an earlier one not twice', () => {
    onHangup();
    expect(calls).toEqual([]);
    source.emit('SIGHUP');
    onHangup();
    expect(calls).toEqual(['reload']);
  });

  it.each(['SIGTERM', 'SIGINT'])('%s is kept until the program can act on it', (signal) => {
    source.emit(signal);
    expect(calls).toEqual([]);
    onShutdown();
    expect(calls).toEqual([`end ${signal}`]);
  });

  it('a second signal counts as the same wish within 2 s, and as impatience later', () => {
    onShutdown();
    source.emit('SIGINT');
    vi.advanceTimersByTime(2_000);
    source.emit('SIGTERM');
    expect(calls).toEqual(['end SIGINT']);
    vi.advanceTimersByTime(1);
    source.emit('SIGTERM');
    expect(calls).toEqual(['end SIGINT', 'force SIGTERM']);
  });

  it('impatience during the start ends the process at once', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw new Error('exit');
    });
    source.emit('SIGTERM');
    vi.advanceTimersByTime(2_001);
    expect(() => source.emit('SIGTERM')).toThrow('exit');
    expect(exit).toHaveBeenCalledWith(1);
    exit.mockRestore();
  });

  it('both kinds are kept side by side', () => {
    source.emit('SIGHUP');
    source.emit('SIGTERM');
    onShutdown();
    onHangup();
    expect(calls).toEqual(['end SIGTERM', 'reload']);
  });
});
