import { describe, expect, it } from 'vitest';
import { type Summary, summarize } from '../../../analysis/index.js';
import type { TextStyle } from '../../../view/chart/index.js';
import { summaryHtml } from '../../../view/summary/html.js';
import { telltalePorts } from '../../../view/summary/ports.js';
import { summaryText } from '../../../view/summary/text.js';
import { summaryAnswer } from '../../../view/verdict/summary.js';
import { connectionRow } from './rows.js';

const PLAIN = { width: 80, unicode: false, paint: (_: unknown, text: string): string => text };

function asText(summary: Summary, style: TextStyle = PLAIN): string {
  return summaryText(summary, summaryAnswer(summary, ['data']), style);
}

function asHtml(summary: Summary): string {
  return summaryHtml(summary, summaryAnswer(summary, ['data']), { version: '1.2.3' });
}

describe('a summary as text', () => {
  it('is ASCII without Unicode support, and fits the width', () => {
    const rows = [connectionRow({ totalRetrans: 12, bytesRetrans: 100, medianRttUs: 900 }), connectionRow({})];
    const text = asText(summarize(rows));
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    for (const part of ['2 connections', 'Busiest peers', '443 remote', 'Most retransmitted', 'How they ended'])
      expect(text).toContain(part);
  });

  it('shortens bars before it cuts addresses', () => {
    const remoteAddress = 'fd91:1234:5678:9abc:def0:1111:2222:4444';
    const summary = summarize([connectionRow({ remoteAddress })]);
    expect(asText(summary)).toMatch(new RegExp(`^${remoteAddress} +1 +1 kB +500 B  #{8,12}$`, 'm'));
    expect(asText(summary, { ...PLAIN, width: 140 })).toMatch(/ {2}#{24}$/m);
    const narrow = asText(summary, { ...PLAIN, width: 60 });
    expect(narrow).toMatch(/^fd91:1234:[\w:]*\.\. +1 +1 kB +500 B {2}#{8}$/m);
  });

  it('prints what is known with few connections, and without any', () => {
    const bare = connectionRow({
      ...{ uuid: null, bytesSent: null, bytesAcked: null, bytesReceived: null, bytesRetrans: null, totalRetrans: null },
      ...{ medianRttUs: null, minRttUs: null, durationUs: null, limitedBy: null },
      limitedUs: { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 },
    });
    for (const rows of [[bare], []]) {
      for (const text of [asText(summarize(rows)), asHtml(summarize(rows))]) {
        expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
      }
    }
    expect(asHtml(summarize([]))).toContain('<h1>0 TCP connections</h1>');
  });

  it('escapes text from archives', () => {
    const esc = String.fromCharCode(27);
    const uuid = `<img src=x onerror=alert(1)>${esc}[31m`;
    const summary = summarize([connectionRow({ uuid, totalRetrans: 3, bytesRetrans: 3, remoteAddress: '"><b>' })]);
    expect(asHtml(summary)).not.toMatch(/<img|<b>/);
    expect(asHtml(summary)).not.toContain(esc);
    expect(asText(summary, { ...PLAIN, unicode: true })).not.toContain(esc);
  });

  it('begins with an answer, and states what older connections had moved before', () => {
    const recorded = { bytesSent: 300, bytesAcked: 300, bytesReceived: 4, bytesRetrans: 0, totalRetrans: 0 };
    const older = connectionRow({ bytesSent: 9_000, bytesReceived: 1_004, olderByUs: 60e6, recorded });
    const summary = summarize([connectionRow({}), older]);
    expect(asText(summary).split('\n')[0]).toBe(
      'Of 2 connections 100 % ended in order; where they were held up it was mostly the',
    );
    for (const text of [asText(summary), asHtml(summary)]) {
      expect(text).toContain('1 connection had sent 8.7 kB and received 1 kB before');
      expect(text).toContain('tcp-info show 0000000000000001 data');
    }
  });

  it('ranks a service port above many ephemeral ports', () => {
    const picked = Array.from({ length: 30 }, (_, i) => connectionRow({ localPort: 443, remotePort: 40_000 + i }));
    const summary = summarize([...picked, connectionRow({ remotePort: 53, bytesSent: 1, bytesReceived: 1 })], {
      top: 5,
    });
    expect(summary.remotePorts.map(({ port }) => port)).toEqual([53]);
    expect(telltalePorts(summary).map(({ name }) => name)).toEqual(['443 local', '53 remote']);
  });

  it('omits ports that served one connection only', () => {
    const summary = summarize([
      connectionRow({}),
      connectionRow({ localPort: 50_001 }),
      connectionRow({ remotePort: 80 }),
    ]);
    expect(telltalePorts(summary).map(({ name, connections }) => `${name}: ${connections}`)).toEqual([
      '50000 local: 2',
      '443 remote: 2',
      '80 remote: 1',
    ]);
  });
});
