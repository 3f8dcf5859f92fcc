import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DumpPiece, formatDump, formatOmission } from '../../forward/dump-lines.js';
import { localRfc3339 } from '../../services/statistics/index.js';

const UNIX_US = 1_796_014_643_123_456;
const PIECE: DumpPiece = {
  sid: '127.0.0.1:22',
  service: 'ssh',
  uuid: 'host_1_00000000000000D8',
  client: '10.0.0.9:41001',
  direction: 'up',
  readUs: UNIX_US,
  offset: 16,
  bytes: Buffer.from('GET / HTTP/1.1\r\n\x00"'),
};

describe('dump', () => {
  it('has the lines of gihnius/monconn', () => {
    const time = localRfc3339(UNIX_US / 1000);
    const short = { ...PIECE, bytes: Buffer.from('G\r') };
    expect(formatDump('go', short)).toBe(`S[127.0.0.1:22] ${time} R 10.0.0.9:41001 >>: []byte{0x47, 0xd}\n`);
    expect(formatDump('go', { ...short, direction: 'down' })).toBe(
      `S[127.0.0.1:22] ${time} W 10.0.0.9:41001 <<: []byte{0x47, 0xd}\n`,
    );
  });

  it('has sixteen bytes a line in hex, with offset and text', () => {
    expect(formatDump('hex', PIECE)).toBe(
      `${new Date(1_796_014_643_123).toISOString().replace('Z', '456Z')} S[127.0.0.1:22] service="ssh" client=10.0.0.9:41001 ` +
        'uuid=host_1_00000000000000D8 > 16+18\n' +
        '  00000010  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..\n' +
        '  00000020  00 22                                            ."\n',
    );
  });

  it('escapes what is not printable in text', () => {
    expect(formatDump('text', PIECE)).toMatch(/ > 16\+18 "GET \/ HTTP\/1\.1\\r\\n\\x00\\""\n$/);
  });

  it('contains every byte, and no control character', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        const go = formatDump('go', { ...PIECE, bytes });
        expect(Array.from(go.matchAll(/0x([0-9a-f]+)/g), ([, hex = '']) => Number.parseInt(hex, 16))).toEqual([
          ...bytes,
        ]);
        const hex = formatDump('hex', { ...PIECE, bytes })
          .split('\n')
          .slice(1, -1);
        expect(hex.flatMap((line) => line.slice(12, 59).trim().split(' ')).join('')).toBe(
          Buffer.from(bytes).toString('hex'),
        );
        for (const format of ['go', 'hex', 'text'] as const) {
          expect(formatDump(format, { ...PIECE, bytes }).replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/);
        }
      }),
    );
  });

  it('says how many bytes a limit left out', () => {
    expect(formatOmission(PIECE, 12)).toContain('uuid=host_1_00000000000000D8 12 bytes not dumped');
  });
});
