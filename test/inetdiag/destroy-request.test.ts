import { constants } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildDestroyRequest,
  DESTROY_REQUEST_SIZE,
  DestroyRequestError,
  decodeInetDiagMsg,
  destroyResult,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_MSG_SIZE,
  INET_DIAG_NOCOOKIE,
  INET_DIAG_SOCKID,
  SOCK_DESTROY,
  type SocketIdentity,
} from '../../inetdiag/index.js';
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';

const { EPERM, ENOENT, EACCES, EOPNOTSUPP, EINVAL } = constants.errno;

/** Offset of `struct inet_diag_sockid` in a request. */
const ID_AT = 24;

/** Header of a real message (M-Lab, 2019): an IPv4-mapped connection on port 3010. */
const MAPPED = Buffer.from(
  'CgEBAAvCtQgAAAAAAAAAAAAA///DWZLyAAAAAAAAAAAAAP//I+ehOwAAAADNLQAAAAAAAOAAAAAAAAAA4hcAAAAAAADm4p0j',
  'base64',
);
const socket = decodeInetDiagMsg(MAPPED);
const withCookie = (cookie: bigint): SocketIdentity => ({ ...socket, id: { ...socket.id, cookie } });

function codeOf(identity: SocketIdentity): string {
  try {
    buildDestroyRequest(identity);
  } catch (error) {
    if (error instanceof DestroyRequestError) return error.code;
    throw error;
  }
  return 'built';
}

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const port = fc.nat(0xffff);
const identities: fc.Arbitrary<SocketIdentity> = fc.record({
  family: fc.constantFrom(AF_INET, AF_INET6),
  state: fc.constantFrom(...Object.values(TcpState).filter((state) => state !== TcpState.LISTEN)),
  id: fc.record({
    sport: port,
    dport: port,
    src: bytes16,
    dst: bytes16,
    interface: fc.nat(0x7fff_ffff),
    cookie: fc.bigInt({ min: 1n, max: (1n << 64n) - 2n }),
  }),
});

describe('the request to destroy a socket', () => {
  it('has the whole identity and the cookie as the kernel sent them', () => {
    const bytes = Buffer.from(buildDestroyRequest(socket));
    expect(bytes.toString('hex').replaceAll(/(.{8})(?=.)/g, '$1 ')).toBe(
      [
        '48000000 15000500 00000000 00000000', // nlmsghdr: SOCK_DESTROY, NLM_F_REQUEST and NLM_F_ACK
        '0a060000 ffffffff', // AF_INET6, TCP, no attributes, all states
        '0bc2b508', // ports
        '00000000 00000000 0000ffff c35992f2',
        '00000000 00000000 0000ffff 23e7a13b',
        '00000000 cd2d0000 00000000', // interface, cookie
      ].join(' '),
    );
    expect(bytes.readUInt16LE(4)).toBe(SOCK_DESTROY);
  });

  it('keeps every byte of any identity', () => {
    fc.assert(
      fc.property(identities, (identity) => {
        const request = buildDestroyRequest(identity);
        expect(request.length).toBe(DESTROY_REQUEST_SIZE);
        // The identity in a request has the layout of the one in an answer.
        const answer = new Uint8Array(INET_DIAG_MSG_SIZE);
        answer.set(request.subarray(ID_AT, ID_AT + INET_DIAG_SOCKID.size), INET_DIAG_MSG_ID_OFFSET);
        expect(decodeInetDiagMsg(answer).id).toEqual(identity.id);
        expect(request[16]).toBe(identity.family);
      }),
    );
  });

  it('is refused without a cookie', () => {
    const none = (BigInt(INET_DIAG_NOCOOKIE) << 32n) | BigInt(INET_DIAG_NOCOOKIE);
    expect([none, 0n, -1n, 1n << 64n].map((cookie) => codeOf(withCookie(cookie)))).toEqual(
      Array.from({ length: 4 }, () => 'ERR_NO_COOKIE'),
    );
    expect(() => buildDestroyRequest(withCookie(0n))).toThrow('destroy a socket: its cookie is missing');
    // One word that looks like none is a cookie.
    expect(codeOf(withCookie(BigInt(INET_DIAG_NOCOOKIE)))).toBe('built');
  });

  it('is refused for a listening socket', () => {
    expect(codeOf({ ...socket, state: TcpState.LISTEN })).toBe('ERR_LISTENING');
    expect(codeOf({ ...socket, state: TcpState.TIME_WAIT })).toBe('built');
  });

  it('is refused for another family, and for ends that cannot be', () => {
    expect(codeOf({ ...socket, family: AF_UNSPEC })).toBe('ERR_FAMILY');
    const { id } = socket;
    expect(codeOf({ ...socket, id: { ...id, sport: 65_536 } })).toBe('ERR_IDENTITY');
    expect(codeOf({ ...socket, id: { ...id, dport: 0.5 } })).toBe('ERR_IDENTITY');
    expect(codeOf({ ...socket, id: { ...id, src: id.src.subarray(0, 4) } })).toBe('ERR_IDENTITY');
  });
});

describe('the answer to a request to destroy a socket', () => {
  it.each([
    [0, 'destroyed'],
    [ENOENT, 'ended'],
    [EPERM, 'denied'],
    [EACCES, 'denied'],
    [EOPNOTSUPP, 'unsupported'],
    [EINVAL, 'error'],
  ] as const)('errno %d means %s', (errno, result) => {
    expect(destroyResult(errno)).toBe(result);
  });
});
