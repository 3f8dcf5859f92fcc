import { describe, expect, it } from 'vitest';
import {
  CLOSED_FIRST,
  type ConnectionRow,
  HOW_ENDED,
  type HowEnded,
  LIMIT_EVIDENCE,
  LIMITED_BY,
  type LimitedBy,
  type Summary,
  summarize,
} from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';
import { connectionAnswer } from '../../view/verdict/connection.js';
import { summaryAnswer } from '../../view/verdict/summary.js';
import { verdictHtml, verdictText } from '../../view/verdict/words.js';
import { connectionRow, type RowFields } from '../cmd/summary/rows.js';

const PLAIN = { width: 80, unicode: false, paint: (_: unknown, text: string): string => text };
const NO_TIME = { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 };

const SENDS = { bytesSent: 4_000_000, bytesRetrans: 0, bytesReceived: 0, dataSegsIn: 0 };
const RECEIVES = { bytesSent: 0, bytesRetrans: 0, bytesReceived: 4_000_000, dataSegsOut: 0 };
const EXCHANGES = { bytesSent: 30_000, bytesRetrans: 0, bytesReceived: 40_000 };

/** Returns a connection of 4 s with an RTT of 40 ms, limited by one cause all the time. */
function heldUp(cause: LimitedBy, over: RowFields = {}): ConnectionRow {
  return connectionRow({
    ...{ localAddress: '10.0.0.1', localPort: 40_000, remoteAddress: '10.0.0.2', remotePort: 5201, snapshots: 400 },
    ...{ durationUs: 4_000_000, minRttUs: 40_000, medianRttUs: 40_000, maxCwnd: 100, limitedBy: cause },
    ...{ limitedUs: { ...NO_TIME, [cause]: 4_000_000 }, ...SENDS, ...over },
  });
}

describe('the answer about a connection', () => {
  it.each<[LimitedBy, Partial<ConnectionRow>, verdict: string, nextStep: string]>([
    ['rwnd', SENDS, 'the reader at 10.0.0.2 took only 8 Mbit/s', 'Look at the program at 10.0.0.2:5201, not at the'],
    [
      'rwnd',
      EXCHANGES,
      'the reader at 10.0.0.2 kept its window closed for all of 4 s',
      'Look at the program at 10.0.0.2',
    ],
    ['sndbuf', SENDS, 'for a round trip of 40 ms: it allowed only 8 Mbit/s', 'Let the program at 10.0.0.1:40000'],
    ['sndbuf', EXCHANGES, 'the send buffer at 10.0.0.1 was too small', 'raise net.ipv4.tcp_wmem at 10.0.0.1'],
    ['cwnd', SENDS, 'carried 100 packets at most per round trip of 40 ms: 8 Mbit/s', 'Look at the path'],
    ['cwnd', { ...SENDS, medianRttUs: 90_000 }, 'only 8 Mbit/s and queued data for 50 ms', 'Look for the bottleneck'],
    ['cwnd', { ...SENDS, minRttUs: 400, medianRttUs: 500 }, 'per round trip of 500 µs', 'Look for the bottleneck'],
    ['cwnd', EXCHANGES, 'the congestion window towards 10.0.0.2 held data back for', 'Look at the path'],
    ['loss', { ...SENDS, bytesRetrans: 80_000 }, 'lost data: 2 % of the bytes were sent again', 'a shaper that drops'],
    ['loss', { ...SENDS, bytesSent: null, totalRetrans: 7 }, '7 packets were sent again', 'between 10.0.0.1 and'],
    ['loss', EXCHANGES, 'the path to 10.0.0.2 lost data', 'Look at the path between 10.0.0.1 and 10.0.0.2'],
    ['pacing', { ...SENDS, congestionAlgorithm: 'bbr' }, 'BBR sent at the rate that it measured', 'about 8 Mbit/s'],
    ['pacing', SENDS, '10.0.0.1 sent at the rate that was set for the socket, 8 Mbit/s', 'SO_MAX_PACING_RATE'],
    ['pacing', EXCHANGES, 'the rate that was set for the socket.', 'the program at 10.0.0.1:40000'],
    [
      'application',
      SENDS,
      'the program at 10.0.0.1 had nothing to send for all of 4 s',
      'at 10.0.0.1:40000 and at what',
    ],
    ['application', { ...RECEIVES, limitedByEvidence: 'window' }, '10.0.0.1 did not read what had', 'reads too slowly'],
    ['application', { ...RECEIVES, limitedByEvidence: 'absence' }, 'had nothing to send for', 'what it waits for'],
    ['application', { ...SENDS, limitedByEvidence: 'window' }, '10.0.0.1 did not read what had', 'reads too slowly'],
    ['application', EXCHANGES, 'the program at 10.0.0.1 had nothing to send for', 'not at the network'],
    ['rwnd', RECEIVES, 'the reader at 10.0.0.2 kept its window closed', 'Look at the program at 10.0.0.2'],
    ['peer', RECEIVES, '10.0.0.2 sent only 8 Mbit/s', 'Look at the archive of the other end, 10.0.0.2:5201'],
    ['peer', EXCHANGES, '10.0.0.1 waited for 10.0.0.2 for all of 4 s', 'Look at the program at 10.0.0.2:5201'],
    ['peer', SENDS, '10.0.0.1 had no answer from 10.0.0.2 for all of 4 s', 'at 10.0.0.2:5201 should have answered'],
    [
      'peer',
      { ...EXCHANGES, exchanges: 95 },
      '10.0.0.1 and 10.0.0.2 took turns 95 times, which cost a round trip of 40 ms each',
      'Let the program at 10.0.0.1 send several requests before it waits for an answer (batch, pipeline',
    ],
    [
      'peer',
      { ...EXCHANGES, exchanges: 95, localPort: 443, remotePort: 50_000 },
      'took turns 95 times',
      'Let the program at 10.0.0.2 send several',
    ],
    [
      'peer',
      { ...EXCHANGES, exchanges: 95, remotePort: 50_000 },
      'took turns',
      'Let the program that asks send several',
    ],
    ['peer', { ...EXCHANGES, exchanges: 13 }, '10.0.0.1 waited for 10.0.0.2', 'takes its time to answer'],
    [
      'pacing',
      { ...SENDS, congestionAlgorithm: 'bbr', maxPacingRateUs: 3_000_000 },
      '10.0.0.1 sent at the rate that was set for the socket, 8 Mbit/s',
      'SO_MAX_PACING_RATE',
    ],
    [
      'pacing',
      { ...SENDS, congestionAlgorithm: 'bbr', maxPacingRateUs: 1_000_000 },
      'BBR sent at the rate that it measured',
      'about 8 Mbit/s',
    ],
    // The added RTT of a full queue or a slow program is no property of the path.
    ['rwnd', { ...SENDS, minRttUs: 5, medianRttUs: 11_000 }, 'took only 8 Mbit/s', ':5201, not at the network.'],
  ])('%s %#: names the reason, and where to look', (cause, over, verdict, nextStep) => {
    const answer = connectionAnswer(heldUp(cause, over));
    expect(answer.verdict).toMatch(/^Slow because .*\.$/);
    expect(answer.verdict).toContain(verdict);
    expect(answer.nextStep).toContain(nextStep);
  });

  it('has one line per part, with the evidence for the cause', () => {
    const row = heldUp('rwnd', {
      limitedUs: { ...NO_TIME, rwnd: 3_680_000, application: 320_000, idle: 100_000 },
      limitedByEvidence: 'window',
      rwndLimitedUs: 3_200_000,
      minRttUs: 300,
      medianRttUs: 300,
    });
    expect(connectionAnswer(row)).toMatchObject({
      verdict: 'Slow because the reader at 10.0.0.2 took only 8 Mbit/s.',
      nextStep: 'Look at the program at 10.0.0.2:5201, not at the network.',
      evidence:
        'receiver window 92 % of 4 s active (window arithmetic, tcpi_rwnd_limited 3.2 s); idle 2 % of 4.1 s; ' +
        '4 MB sent at 8 Mbit/s; RTT 300 µs; 0 retransmitted',
    });
  });

  it('names two causes that are close', () => {
    const row = heldUp('rwnd', {
      limitedUs: { ...NO_TIME, rwnd: 2_100_000, sndbuf: 1_900_000 },
      limitedByRunnerUp: 'sndbuf',
    });
    const { verdict, evidence } = connectionAnswer(row);
    expect(verdict).toMatch(/^Slow because the reader .*, and nearly as much because the send buffer at 10\.0\.0\.1/);
    expect(evidence).toMatch(/^receiver window 53 % of 4 s active .*; send buffer 48 %;/);
  });

  it('does not call hundreds of megabits slow', () => {
    const verdict = (cause: LimitedBy, over: RowFields): string => connectionAnswer(heldUp(cause, over)).verdict;
    expect(verdict('cwnd', { bytesSent: 1e9 })).toMatch(/^Not faster because the path to 10\.0\.0\.2 .* 2 Gbit\/s\.$/);
    const fast = { bytesSent: 307e6 };
    expect(verdict('rwnd', fast)).toBe('Not faster because the reader at 10.0.0.2 took 614 Mbit/s.');
    expect(verdict('sndbuf', fast)).toContain('a round trip of 40 ms: it allowed 614 Mbit/s.');
    expect(verdict('cwnd', { ...fast, medianRttUs: 90_000 })).toContain('carried 614 Mbit/s and queued');
    expect(verdict('peer', { ...RECEIVES, bytesReceived: 307e6 })).toBe('Not faster because 10.0.0.2 sent 614 Mbit/s.');
    expect(verdict('rwnd', { bytesSent: 49.9e6 })).toBe('Slow because the reader at 10.0.0.2 took only 99.8 Mbit/s.');
  });

  it('names the counters of the cause in the evidence', () => {
    const paced = { ...SENDS, congestionAlgorithm: 'bbr', maxPacingRateUs: 4e6, maxPacingRateBytesPerSec: 1e6 };
    expect(connectionAnswer(heldUp('pacing', paced)).evidence).toContain('(SO_MAX_PACING_RATE 8 Mbit/s)');
    const chatty = connectionAnswer(heldUp('peer', { ...EXCHANGES, exchanges: 95 }));
    expect(chatty.evidence).toContain('peer 100 % of 4 s active (95 exchanges of 40 ms)');
  });

  it.each<[what: string, ports: RowFields, step: string]>([
    ['the other side listens', {}, 'where connections to 10.0.0.2:5201 are this short, reuse them.'],
    [
      'this side listens',
      { localPort: 443, remotePort: 57_338 },
      'where connections from 10.0.0.2 to 10.0.0.1:443 are this short, let the program at 10.0.0.2 reuse them.',
    ],
    [
      'the listener is unknown',
      { localPort: 80, remotePort: 8080 },
      'connections between 10.0.0.1 and 10.0.0.2 are this short',
    ],
  ])('names the connecting side when %s', (_, ports, step) => {
    expect(connectionAnswer(heldUp('rwnd', { snapshots: 3, durationUs: 1_200, ...ports })).nextStep).toContain(step);
  });

  it('suggests a test connection to the listening side', () => {
    const step = (ports: RowFields): string =>
      connectionAnswer(heldUp('rwnd', { howEnded: 'failed', ...ports })).nextStep;
    expect(step({})).toMatch(/^Try to connect to 10\.0\.0\.2:5201: "refused"/);
    expect(step({ localPort: 443, remotePort: 57_338 })).toMatch(
      /^Try to connect to 10\.0\.0\.1:443 from 10\.0\.0\.2: /,
    );
  });

  it('states that an idle connection is not slow, and what limited its active time', () => {
    const idle = heldUp('rwnd', { limitedUs: { ...NO_TIME, rwnd: 2_000_000, idle: 98_000_000 } });
    expect(connectionAnswer(idle)).toMatchObject({
      verdict: 'Not slow: idle 98 % of 1.67 min; while active, the reader at 10.0.0.2 took only 16 Mbit/s.',
      nextStep: expect.stringContaining('Look at the program at 10.0.0.2:5201') as string,
    });
    const silent = heldUp('idle', EXCHANGES);
    expect(connectionAnswer(silent)).toMatchObject({
      verdict: 'Not slow: idle 100 % of 4 s.',
      nextStep: expect.stringContaining('look at the programs at both ends') as string,
    });
  });

  it.each<[string, Partial<ConnectionRow>, verdict: RegExp, nextStep: RegExp]>([
    ['never opened', { howEnded: 'failed' }, /^Never opened: .*10\.0\.0\.2:5201 did not finish\.$/, /firewall/],
    ['opening', { howEnded: 'open', lastState: TcpState.SYN_SENT }, /^Not open yet .*, after 4 s: 10/, /listens/],
    ['half open', { howEnded: 'open', lastState: TcpState.SYN_RECV }, /has not finished the handshake\.$/, /scan/],
    ['empty', { bytesSent: 0, bytesReceived: 0 }, /^Nothing was sent either way, for 4 s\.$/, /health check/],
    [
      'closed by the other side only',
      { bytesSent: 0, bytesReceived: 1, dataSegsIn: 0, howEnded: 'open', lastState: TcpState.CLOSE_WAIT },
      /^Nothing was sent either way/,
      /^The other end has closed it: find out why the program at 10\.0\.0\.1:40000 has not\.$/,
    ],
    ['short', { snapshots: 3, durationUs: 1_200 }, /^Too short to say .*: 3 snapshots in 1\.2 ms\.$/, /summary/],
    [
      'only a final record',
      { snapshots: 1, durationUs: 0 },
      /^Too short to say what held it back: 1 snapshot\.$/,
      /reuse/,
    ],
    ['unknown', { limitedBy: null, limitedUs: NO_TIME }, /^Not known what held it back/, /4\.10/],
    ['reset', { howEnded: 'reset' }, /^Cut off by a reset after 4 s; until then slow because the reader/, /logs/],
    ['timed out', { howEnded: 'timeout' }, /^Timed out after 4 s: 10\.0\.0\.2 no longer answered; until/, /is up/],
    ['reset empty', { howEnded: 'reset', ...{ bytesSent: 0, bytesReceived: 0 } }, /; until then nothing was/, /logs/],
  ])('describes a connection that is %s', (_, over, verdict, nextStep) => {
    const answer = connectionAnswer(heldUp('rwnd', over));
    expect(answer.verdict).toMatch(verdict);
    expect(answer.nextStep).toMatch(nextStep);
  });

  it.each<[howEnded: string, verdict: string, nextStep: RegExp]>([
    ['refused', 'Refused: nothing listens at 10.0.0.2:5201.', /^Start the program that should listen/],
    ['unanswered', 'No answer from 10.0.0.2:5201 after 4 s.', /^Look for a firewall that drops/],
    ['reset_remote', 'Cut off by a reset from 10.0.0.2 after 4 s; until then slow because', /^Look at the log/],
    ['reset_local', 'Reset by its own end (10.0.0.1) after 4 s; until then slow because', /not at the network/],
  ])('describes the ending %s', (howEnded, verdict, nextStep) => {
    const answer = connectionAnswer(heldUp('rwnd', { howEnded: howEnded as HowEnded, minRttUs: 90, medianRttUs: 90 }));
    expect(answer.verdict).toContain(verdict);
    expect(answer.nextStep).toMatch(nextStep);
  });

  it('states the age of an older connection, and that its end is not recorded', () => {
    const recorded = { bytesSent: 1e6, bytesAcked: 1e6, bytesReceived: 0, bytesRetrans: 0, totalRetrans: 0 };
    const row = heldUp('rwnd', { howEnded: 'open', lastState: 1, olderByUs: 180e6, recorded, rwndLimitedUs: 9e6 });
    const { evidence } = connectionAnswer(row);
    expect(evidence).toMatch(
      /1 MB sent at 2 Mbit\/s; .*; at least 3 min old when its recording began; no end recorded/,
    );
    expect(evidence, 'a clock that counts from the beginning').not.toContain('tcpi_rwnd_limited');
  });

  it('is complete for every cause, ending and flow, with any field missing', () => {
    const missing: Partial<ConnectionRow>[] = [
      {},
      { medianRttUs: null, minRttUs: null, maxCwnd: null, congestionAlgorithm: null },
      { bytesSent: null, bytesAcked: null, bytesReceived: null, bytesRetrans: null, totalRetrans: null },
      { durationUs: null, limitedUs: NO_TIME },
      { limitedBy: null, limitedUs: NO_TIME, snapshots: 1, durationUs: 0 },
    ];
    let answers = 0;
    for (const cause of LIMITED_BY)
      for (const howEnded of HOW_ENDED)
        for (const flow of [SENDS, RECEIVES, EXCHANGES])
          for (const over of missing)
            for (const limitedByEvidence of [null, ...LIMIT_EVIDENCE]) {
              const answer = connectionAnswer(heldUp(cause, { howEnded, ...flow, limitedByEvidence, ...over }));
              const text = `${answer.verdict} ${answer.nextStep} ${answer.evidence}`;
              expect(text).not.toMatch(/undefined|null|NaN|Infinity|\n/);
              expect(answer.verdict).toMatch(/^[A-Z][^.]*(?:\.\d[^.]*)*\.$/);
              expect(answer.nextStep).toMatch(/^[A-Z].*\.$/);
              answers++;
            }
    expect(answers).toBeGreaterThan(3_000);
  });
});

describe('the answer about a set of connections', () => {
  const slow = heldUp('peer', { uuid: 'host_1_00000000000A77F3', ...RECEIVES });

  it('names endings, limits, failed connects, and the worst connection', () => {
    const failed = heldUp('idle', { howEnded: 'failed', limitedBy: null, limitedUs: NO_TIME });
    const open = heldUp('application', { howEnded: 'open', durationUs: 1e6, limitedUs: NO_TIME });
    const answer = summaryAnswer(summarize([slow, slow, failed, open]), ['/var/spool/tcp info']);
    expect(answer).toMatchObject({
      verdict:
        'Of 4 connections 1 has no recorded end (still open, or reset) and 67 % of the others ended in order; where they were held up it was ' +
        'mostly waiting for the other ends (100 % of the active time); 1 connect failed, to 10.0.0.2:5201.',
      nextStep:
        'Look at the one that lost the most time to it (4 s): ' +
        "`tcp-info show 00000000000A77F3 '/var/spool/tcp info'`",
    });
    expect(answer.evidence).toMatch(/^closed 2, failed 1, open 1; peer 100 % of 8 s active; /);
  });

  it('states that connections were idle nearly all of the time', () => {
    const idle = { limitedUs: { ...NO_TIME, peer: 120_000, idle: 3_880_000 } };
    expect(summaryAnswer(summarize([heldUp('peer', idle), heldUp('peer', idle)]), [])).toMatchObject({
      verdict:
        'Of 2 connections 100 % ended in order; they were idle for 97 % of the time; in the rest it was mostly waiting for ' +
        'the other ends (100 % of the active time).',
      evidence: expect.stringContaining('peer 100 % of 240 ms active; idle 97 % of all time; ') as string,
    });
    expect(summaryAnswer(summarize([heldUp('peer', idle)]), []).verdict).toContain(
      '; it was idle for 97 % of the time; ',
    );
  });

  it('distinguishes a configured rate from one that BBR measured', () => {
    const verdict = (maxPacingRateUs: number): string =>
      summaryAnswer(summarize([heldUp('pacing', { maxPacingRateUs })]), []).verdict;
    expect(verdict(3_000_000)).toContain('mostly the rate that was set for the sockets (SO_MAX_PACING_RATE)');
    expect(verdict(1_000_000)).toContain('mostly the rate that BBR measured on the paths');
  });

  it('names a second cause that is close', () => {
    const both = heldUp('peer', { limitedUs: { ...NO_TIME, peer: 1000, loss: 950 } });
    expect(summaryAnswer(summarize([both]), []).verdict).toMatch(
      /\(51 % .*\), nearly as much losses on the paths \(49 %/,
    );
  });

  it('is complete for every cause, and without any', () => {
    const answer = (summary: Summary): string => {
      const { verdict, nextStep, evidence } = summaryAnswer(summary, ['data']);
      return `${verdict} ${nextStep} ${evidence}`;
    };
    for (const cause of LIMITED_BY) {
      const text = answer(summarize(CLOSED_FIRST.map((closedFirst) => heldUp(cause, { closedFirst }))));
      expect(text).not.toMatch(/undefined|null|NaN|Infinity/);
    }
    expect(answer(summarize([]))).toMatch(/^No connection was found\. /);
    const bare = heldUp('idle', { uuid: null, limitedBy: null, limitedUs: NO_TIME, howEnded: 'failed' });
    expect(answer(summarize([bare]))).toContain('Find out why nothing answers at 10.0.0.2:5201.');
  });
});

describe('the layout of an answer', () => {
  const esc = String.fromCharCode(27);
  const hostile = { verdict: `Slow ${esc}[31m 5 µs.`, evidence: '<b>x</b>', nextStep: 'Run `tcp-info show X data`.' };

  it('is wrapped and escaped on a terminal, in ASCII without Unicode support', () => {
    const long = { verdict: `${'word '.repeat(40)}end.`, evidence: 'x '.repeat(90), nextStep: hostile.nextStep };
    for (const line of verdictText(long, PLAIN)) expect(line.length).toBeLessThanOrEqual(80);
    const lines = verdictText(hostile, PLAIN);
    expect(lines).toEqual([
      'Slow \\u{1b}[31m 5 us.',
      'next step      Run `tcp-info show X data`.',
      'evidence       <b>x</b>',
      '',
    ]);
    const narrow = verdictText(
      { ...hostile, nextStep: 'Look at it: `tcp-info show X data`.' },
      { ...PLAIN, width: 40 },
    );
    expect(narrow).toContain('               `tcp-info show X data`.');
  });

  it('is escaped in a page, with its command as code', () => {
    const html = String(verdictHtml(hostile));
    expect(html).toContain('<code>tcp-info show X data</code>');
    expect(html).not.toMatch(/<b>/);
    expect(html).not.toContain(esc);
  });
});
