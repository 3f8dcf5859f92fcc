import { describe, expect, it } from 'vitest';
import type { ConnectionRow } from '../../../analysis/index.js';
import { TcpState } from '../../../tcp/index.js';
import type { TextStyle } from '../../../view/chart/index.js';
import { ShownConnection } from '../../../view/connection/connection-view.js';
import { showHtml } from '../../../view/connection/html.js';
import { showText } from '../../../view/connection/text.js';
import { connectionRow } from '../summary/rows.js';

const PLAIN: TextStyle = { width: 100, unicode: false, paint: (_, text) => text };
const START_US = 1_700_000_000_000_000;

/** Returns a connection that sends 100 kB in its first millisecond and nothing for the next nine. */
function shown(): ShownConnection {
  const connection = new ShownConnection();
  connection.begin('a.jsonl');
  for (const [atUs, bytesSent] of [
    [0, 0],
    [1000, 100_000],
    [10_000, 100_000],
  ] as const) {
    connection.timeline.add({
      timeUs: START_US + atUs,
      state: TcpState.ESTABLISHED,
      ...{ bytesSent, bytesAcked: bytesSent, bytesReceived: 0, totalRetrans: 0 },
      ...{ rttUs: 278, minRttUs: 278, cwndBytes: 14_480, flightBytes: 0, windowBytes: 65_535 },
      limitedBy: 'cwnd',
    });
  }
  return connection;
}

/** Returns a connection known only by its end. */
function ended(): ShownConnection {
  const connection = new ShownConnection();
  connection.begin('a.jsonl');
  connection.timeline.add({
    ...{ timeUs: START_US, state: TcpState.CLOSE, bytesSent: 100, bytesAcked: 102, bytesReceived: 4, totalRetrans: 0 },
    ...{ rttUs: 72, minRttUs: 12, cwndBytes: 14_480, flightBytes: 0, windowBytes: 65_535, limitedBy: null },
  });
  return connection;
}

function text(row: Partial<ConnectionRow>, style: Partial<TextStyle> = {}): string {
  return showText(shown(), connectionRow(row), 10, { ...PLAIN, ...style });
}

describe('a connection shown as text', () => {
  it('has durations below a millisecond, in ASCII without Unicode support', () => {
    const plain = text({ durationUs: 278, minRttUs: 278, medianRttUs: 278 });
    expect(plain).toMatch(/^[\x20-\x7e\n]*$/);
    expect(plain).not.toContain('\\u{');
    expect(plain).toContain(', for 278 us\n');
    expect(plain).toContain('min 278 us, median 278 us');
    expect(text({ durationUs: 278 }, { unicode: true })).toContain(', for 278 µs\n');
  });

  it('escapes an invalid timestamp', () => {
    expect(text({ startTime: 'x\u001b[2Jµ' })).toContain('time           x\\u{1b}[2Ju, for ');
  });

  it('uses the singular for one snapshot and one packet', () => {
    const one = { snapshots: 1, totalRetrans: 1, bytesRetrans: 100 };
    expect(text(one)).toContain('recorded       1 snapshot in 1 archive\n');
    expect(text(one)).toContain('retransmitted  1 packet, ');
    expect(text({ snapshots: 2, totalRetrans: 2 })).toContain('2 snapshots in 1 archive');
    expect(showHtml(shown(), connectionRow(one), { version: '1.2.3' })).toMatch(/>1 snapshot</);
  });

  it('has no line chart and no duration for a single time', () => {
    const shown = showText(ended(), connectionRow({ durationUs: 0, snapshots: 1 }), 10, PLAIN);
    expect(shown).toContain('time           2026-11-20 23:28:03.450 UTC\n');
    expect(shown).toContain('sending        unknown: only one moment was recorded\n');
  });

  it('has bars beside their rate on a wide terminal', () => {
    const [head = '', ...rows] = text({}, { width: 140 }).split('\n').slice(-6);
    expect(head.match(/sent/g)).toHaveLength(1);
    expect(rows.find((row) => row.includes('Mbit/s'))).toMatch(/^ *0\.00\d s +\d+ Mbit\/s {2}#{10} +0 /);
    expect(text({}, { width: 100 })).not.toContain('##');
    const received = { bytesSent: 0, bytesAcked: 0, bytesReceived: 100 };
    expect(text(received, { width: 140 })).toMatch(/^ *until +sent +received +RTT/m);
  });

  it('explains the highest bar of its line chart, and fits the width', () => {
    for (const width of [60, 80, 100, 140]) {
      const lines = text({}, { width }).split('\n');
      expect(lines.filter((line) => line.length > width)).toEqual([]);
      // All 100 kB in one or two columns: 100 kB in a tenth of 10 ms are 800 Mbit/s at most.
      expect(lines.find((line) => line.startsWith('sending'))).toMatch(
        /^sending {8}_*@[_.:=+*#%@-]* {2}@ = [\d.]+ [GM]bit\/s$/,
      );
    }
    expect(text({}, { unicode: true })).toMatch(/^sending +▁*█[▁▂▃▄▅▆▇█]* {2}█ = [\d.]+ [GM]bit\/s$/m);
  });
});
