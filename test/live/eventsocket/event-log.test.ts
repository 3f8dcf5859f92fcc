import { describe, expect, it } from 'vitest';
import { EventLog, type LogReader } from '../../../live/eventsocket/event-log.js';

function readAll(reader: LogReader): { text: string; events: number } {
  let text = '';
  let events = 0;
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    text += Buffer.from(next.chunk).toString();
    events += next.events;
  }
  return { text, events };
}

describe('EventLog', () => {
  it('gives every reader the events appended after its start, in order, across chunks', () => {
    const log = new EventLog();
    const readers = [log.reader()];
    const expected = [''];
    for (let n = 0; n < 5000; n++) {
      const line = `${'x'.repeat(n % 97)}${n}\n`;
      log.append(Buffer.from(line), 1);
      for (let i = 0; i < expected.length; i++) expected[i] += line;
      if (n % 1000 === 0) {
        readers.push(log.reader());
        expected.push('');
      }
    }
    expect(log.bytes).toBeGreaterThan(3 * 64 * 1024);
    for (const [i, reader] of readers.entries()) {
      expect(reader.waitingBytes).toBe(expected[i]?.length);
      const { text, events } = readAll(reader);
      expect(text).toBe(expected[i]);
      expect(events).toBe(text.split('\n').length - 1);
    }
  });

  it('shares its bytes between readers', () => {
    const log = new EventLog();
    const [one, other] = [log.reader(), log.reader()];
    log.append(Buffer.from('line\n'), 1);
    const [a, b] = [one.next()?.chunk, other.next()?.chunk];
    if (a === undefined || b === undefined) throw new Error('nothing to read');
    expect(a.buffer).toBe(b.buffer);
  });

  it('accepts lines longer than a chunk', () => {
    const log = new EventLog();
    const reader = log.reader();
    log.append(Buffer.from('a\n'), 1);
    log.append(Buffer.from(`${'b'.repeat(200_000)}\n`), 1);
    log.append(Buffer.from('c\n'), 1);
    const { text, events } = readAll(reader);
    expect(text).toBe(`a\n${'b'.repeat(200_000)}\nc\n`);
    expect(events).toBe(3);
  });

  it('counts bytes that a reader has read but its client has not taken', () => {
    const log = new EventLog();
    const reader = log.reader();
    log.append(Buffer.from('a\nb\n'), 2);
    reader.next();
    log.append(Buffer.from('c\n'), 1);
    expect([reader.waitingBytes, reader.waitingEvents]).toEqual([6, 3]);
    reader.taken();
    expect([reader.waitingBytes, reader.waitingEvents]).toEqual([2, 1]);
    log.clear();
    const later = log.reader();
    log.append(Buffer.from('d\n'), 1);
    expect(readAll(later)).toEqual({ text: 'd\n', events: 1 });
  });
});
