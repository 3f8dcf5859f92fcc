import { describe, expect, it } from 'vitest';
import { ChangeReason, type Connection } from '../../../cache/index.js';
import { BeatThinner } from '../../../collector/watches/index.js';

const BEAT_NS = 10e6;

/** Archive that notes what it gets: times of reads in milliseconds, and 0 for records of scans and events. */
class Noted {
  readonly calls: string[] = [];

  opened(): void {
    this.calls.push('opened');
  }

  changed({ provenance }: Connection): void {
    this.calls.push(`${(provenance.readNs ?? 0) / 1e6}`);
  }

  closed(): void {
    this.calls.push('closed');
  }
}

function scene() {
  const archive = new Noted();
  const thinner = new BeatThinner(archive, BEAT_NS);
  const provenance = { scan: 1, unchangedUntil: undefined, reason: ChangeReason.Other, isWatched: false, readNs: 0 };
  const connection = { provenance } as unknown as Connection;
  const record = (ms: number): void => {
    Object.assign(provenance, { isWatched: ms > 0, readNs: ms * 1e6 });
    thinner.changed(connection, ChangeReason.Other);
  };
  const close = () => thinner.closed(connection, { timestamp: '', cause: 'vanished' });
  return { archive, thinner, connection, record, close };
}

describe('records of reads in archives', () => {
  it('are at most one a beat, the newest by then', () => {
    const { archive, record } = scene();
    for (let ms = 1; ms <= 35; ms++) record(ms);
    expect(archive.calls).toEqual(['1', '11', '21', '31']);
  });

  it('pass when their beat is over, and before the connection ends', () => {
    const { archive, thinner, record, close } = scene();
    for (const ms of [1, 2, 3]) record(ms);
    thinner.beat(5e6);
    expect(archive.calls).toEqual(['1']);
    thinner.beat(12e6);
    thinner.beat(30e6);
    expect(archive.calls).toEqual(['1', '3']);
    record(14);
    record(15);
    close();
    thinner.beat(99e6);
    expect(archive.calls).toEqual(['1', '3', '14', '15', 'closed']);
  });

  it('are dropped for a newer record of a scan or an event, which passes at once', () => {
    const { archive, thinner, record, close } = scene();
    thinner.opened(scene().connection);
    for (const ms of [0, 1, 2, 0, 0]) record(ms);
    thinner.beat(99e6);
    close();
    expect(archive.calls).toEqual(['opened', '0', '1', '0', '0', 'closed']);
  });
});
