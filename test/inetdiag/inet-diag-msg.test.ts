import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeInetDiagMsg,
  decodeSockId,
  IdiagTimer,
  readCookie,
  readFamily,
  readSport,
  readState,
} from '../../inetdiag/index.js';
import { AF_INET6, DecodeError } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';

/** Header of a real message (M-Lab, 2019): an IPv4-mapped connection on port 3010. */
const MAPPED = Buffer.from(
  'CgEBAAvCtQgAAAAAAAAAAAAA///DWZLyAAAAAAAAAAAAAP//I+ehOwAAAADNLQAAAAAAAOAAAAAAAAAA4hcAAAAAAADm4p0j',
  'base64',
);

describe('decodeInetDiagMsg', () => {
  it('reads the header of a message', () => {
    expect(decodeInetDiagMsg(MAPPED)).toEqual({
      family: AF_INET6,
      state: TcpState.ESTABLISHED,
      timer: IdiagTimer.Retransmit,
      retrans: 0,
      id: {
        sport: 3010,
        dport: 46344,
        src: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 195, 89, 146, 242]),
        dst: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 35, 231, 161, 59]),
        interface: 0,
        cookie: 0x2dcdn,
      },
      expiresMs: 224,
      rqueue: 0,
      wqueue: 6114,
      uid: 0,
      inode: 597549798,
    });
  });

  it('reads an interface in host order and a 64-bit cookie', () => {
    const bytes = Uint8Array.from(MAPPED);
    bytes.set([2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 40);
    expect(decodeSockId(bytes)).toMatchObject({ interface: 2, cookie: 2n ** 64n - 1n });
  });

  it('copies the addresses', () => {
    const bytes = Buffer.from(MAPPED);
    const { dst } = decodeSockId(bytes);
    bytes.fill(0);
    expect(dst[15]).toBe(59);
  });

  it('reads only the first 72 bytes', () => {
    expect(decodeInetDiagMsg(Buffer.concat([MAPPED, Buffer.alloc(9, 0xff)]))).toEqual(decodeInetDiagMsg(MAPPED));
  });

  it.each([
    decodeInetDiagMsg,
    decodeSockId,
    readCookie,
    readFamily,
    readSport,
    readState,
  ])('%o rejects every shorter length', (read) => {
    for (let length = 0; length < 72; length++) {
      expect(() => read(MAPPED.subarray(0, length))).toThrow(DecodeError);
    }
    expect(() => read(MAPPED)).not.toThrow();
  });
});

describe('readers of a single field', () => {
  it('agree with the full decoder', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 72, maxLength: 80 }), (bytes) => {
        const msg = decodeInetDiagMsg(bytes);
        expect(readCookie(bytes)).toBe(msg.id.cookie);
        expect(readFamily(bytes)).toBe(msg.family);
        expect(readSport(bytes)).toBe(msg.id.sport);
        expect(readState(bytes)).toBe(msg.state);
        expect(decodeSockId(bytes)).toEqual(msg.id);
      }),
    );
  });
});
