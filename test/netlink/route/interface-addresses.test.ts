import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AF_INET,
  AF_INET6,
  buildGetAddrRequest,
  DecodeError,
  decodeInterfaceAddress,
  formatAddress,
  RTM_NEWADDR,
} from '../../../netlink/index.js';

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;

function attribute(type: number, payload: readonly number[]): Buffer {
  const bytes = Buffer.alloc((4 + payload.length + 3) & ~3);
  bytes.writeUInt16LE(4 + payload.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(payload, 4);
  return bytes;
}

/** Returns a message: nlmsghdr, struct ifaddrmsg, attributes. */
function message(family: number, ...attributes: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(16 + 8);
  head.writeUInt16LE(RTM_NEWADDR, 4);
  head.writeUInt8(family, 16);
  const bytes = Buffer.concat([head, ...attributes]);
  bytes.writeUInt32LE(bytes.length, 0);
  return bytes;
}

function decoded(bytes: Uint8Array): string | undefined {
  const address = decodeInterfaceAddress(bytes);
  return address && formatAddress(address.bytes, address.family);
}

const IPV6 = [0xfd, 0x77, 0, 1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1];

describe('interface addresses', () => {
  it('are requested with RTM_GETADDR for every family', () => {
    expect(Buffer.from(buildGetAddrRequest()).toString('hex')).toBe(
      '1800000016000103000000000000000000000000'.padEnd(48, '0'),
    );
  });

  it("are the local ones: on an interface with a peer, IFA_ADDRESS is the peer's", () => {
    const peer = attribute(IFA_ADDRESS, [10, 0, 0, 2]);
    const local = attribute(IFA_LOCAL, [10, 0, 0, 1]);
    expect(decoded(message(AF_INET, peer, local, attribute(IFA_LABEL, [0x6c, 0x6f, 0])))).toBe('10.0.0.1');
    expect(decoded(message(AF_INET, local, peer))).toBe('10.0.0.1');
    expect(decoded(message(AF_INET, peer))).toBe('10.0.0.2');
    expect(decoded(message(AF_INET6, attribute(IFA_ADDRESS, IPV6)))).toBe('fd77:1:2:3::1');
    expect(decodeInterfaceAddress(message(AF_INET, local))?.bytes).toHaveLength(16);
  });

  it('exclude other families and lengths, and messages without the attribute', () => {
    expect(decoded(message(7, attribute(IFA_LOCAL, [10, 0, 0, 1])))).toBeUndefined();
    expect(decoded(message(AF_INET, attribute(IFA_LOCAL, IPV6)))).toBeUndefined();
    expect(decoded(message(AF_INET6))).toBeUndefined();
  });

  it('of a truncated message are the whole ones, or a DecodeError', () => {
    const whole = message(AF_INET, attribute(IFA_ADDRESS, [10, 0, 0, 1]), attribute(IFA_LOCAL, [10, 0, 0, 1]));
    for (let length = 0; length < whole.length; length++) {
      try {
        expect([undefined, '10.0.0.1']).toContain(decoded(whole.subarray(0, length)));
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
  });

  it('of arbitrary bytes are an address, no address, or a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decoded(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});
