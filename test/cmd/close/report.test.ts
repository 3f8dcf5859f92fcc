import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type Match, noMatches } from '../../../cmd/tcp-info/close/find-matches.js';
import { createReport, type Ending, type Fate, type ReportedMatch } from '../../../cmd/tcp-info/close/report.js';
import { decodeInetDiagMsg } from '../../../inetdiag/index.js';
import { NLMSG_HDRLEN } from '../../../netlink/index.js';
import { buildMessage } from '../../support/messages.js';

const REQUESTER = { ask: () => Promise.reject(new Error('not used')) };

function matchOf(port: number, more: Partial<Match> = {}): Match {
  const socket = decodeInetDiagMsg(buildMessage({ dport: port, uid: 33, inode: 7 }).subarray(NLMSG_HDRLEN));
  const place = { netnsName: null, netnsInode: null };
  const [localAddress, remoteAddress] = ['192.0.2.1', '198.51.100.7'];
  const uuid = 'host_1_0000000000001234';
  return { socket, requester: REQUESTER, place, uuid, localAddress, remoteAddress, idleMs: 5, ...more };
}

function endingOf(matches: readonly Match[], more: Partial<Ending> = {}): Ending {
  return { matches: { ...noMatches(), found: [...matches] }, max: 5, dryRun: false, counts: {}, ...more };
}

async function printed(
  format: 'text' | 'json',
  parts: readonly (readonly ReportedMatch[])[],
  ending: Ending,
): Promise<string> {
  const stdout = new PassThrough();
  const all = text(stdout);
  const report = createReport(stdout, format);
  for (const part of parts) await report.add(part);
  await report.end(ending);
  stdout.end();
  return await all;
}

const reported = (match: Match, fate: Fate, errno = 0): ReportedMatch => ({ match, fate, errno });

describe('the text output of tcp-info close', () => {
  it('has a line for each connection, and a sum', async () => {
    const [one, other] = [matchOf(40_000), matchOf(40_001, { place: { netnsName: 'blue', netnsInode: 4 } })];
    const v6 = matchOf(1, { localAddress: '2001:db8::1', remoteAddress: '2001:db8::2' });
    const parts = [[reported(one, 'destroyed')], [reported(other, 'ended'), reported(v6, 'error', 22)]];
    const ending = endingOf([one, other, v6], { counts: { destroyed: 1, ended: 1, error: 1, notTried: 2 } });
    expect(await printed('text', parts, ending)).toBe(
      [
        'destroyed      ESTABLISHED  192.0.2.1:5001         198.51.100.7:40000     host_1_0000000000001234',
        'ended          ESTABLISHED  192.0.2.1:5001         198.51.100.7:40001     host_1_0000000000001234  netns=blue',
        'error          ESTABLISHED  [2001:db8::1]:5001     [2001:db8::2]:1        host_1_0000000000001234  errno=22',
        '3 connections: 1 destroyed, 1 had ended before, 1 failed, 2 not tried',
        '',
      ].join('\n'),
    );
  });

  it('has a sum without connections, and what was left out', async () => {
    expect(await printed('text', [], endingOf([]))).toBe('0 connections\n');
    const matches = { ...noMatches(), timeWait: 3, listening: 1, own: 2 };
    expect(await printed('text', [[]], endingOf([], { matches }))).toBe(
      '0 connections; 3 in TIME_WAIT left out (--time-wait takes them too); 1 listening, never ended; ' +
        '2 of this program itself, never ended\n',
    );
  });
});

describe('the JSON output of tcp-info close', () => {
  it('is one object, however many parts it comes in', async () => {
    const [one, other] = [matchOf(40_000), matchOf(40_001)];
    const counts = { destroyed: 1, ended: 0, denied: 1, unsupported: 0, error: 0 };
    const parts = [[reported(one, 'destroyed')], [], [reported(other, 'denied', 1)]];
    const json: unknown = JSON.parse(await printed('json', parts, endingOf([one, other], { counts })));
    const common = {
      uuid: 'host_1_0000000000001234',
      cookie: '0000000000001234',
      state: 'ESTABLISHED',
      localAddress: '192.0.2.1',
      localPort: 5001,
      remoteAddress: '198.51.100.7',
      netnsName: null,
      netnsInode: null,
      idleMs: 5,
      uid: 33,
      inode: 7,
    };
    expect(json).toEqual({
      connections: [
        { ...common, result: 'destroyed', remotePort: 40_000 },
        { ...common, result: 'denied', errno: 1, remotePort: 40_001 },
      ],
      matched: 2,
      max: 5,
      dryRun: false,
      ...counts,
      leftOut: { timeWait: 0, listening: 0, own: 0 },
    });
  });

  it('is one object without connections', async () => {
    expect(JSON.parse(await printed('json', [], endingOf([])))).toMatchObject({ connections: [], matched: 0 });
  });
});

describe('an output of tcp-info close whose reader has gone', () => {
  const failing = (code: string): Writable => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code, syscall: 'write' })),
    });
    return stream.on('error', () => undefined);
  };

  it('prints nothing more, and is no failure', async () => {
    const report = createReport(failing('EPIPE'), 'text');
    const match = matchOf(1);
    await report.add([reported(match, 'destroyed')]);
    await report.add([reported(match, 'destroyed')]);
    await report.end(endingOf([match]));
  });

  it('fails for any other reason', async () => {
    const report = createReport(failing('ENOSPC'), 'text');
    await expect(report.add([reported(matchOf(1), 'destroyed')])).rejects.toThrow('write standard output');
  });
});
