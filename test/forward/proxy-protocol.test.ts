import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeProxyV1, encodeProxyV2, type ProxyEnd } from '../../forward/proxy-protocol.js';
import { AF_INET, AF_INET6, parseAddress } from '../../netlink/index.js';

/** Header as a server reads it. */
interface Read {
  readonly protocol: 'TCP4' | 'TCP6';
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly uniqueId?: string;
}

/** Reads a header of version 1, by the grammar of its specification. */
function readV1(header: Uint8Array): Read {
  const [, protocol, from = '', to = '', fromPort, toPort] =
    /^PROXY (TCP4|TCP6) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r\n$/.exec(Buffer.from(header).toString('latin1')) ?? [];
  if (protocol !== 'TCP4' && protocol !== 'TCP6') throw new Error('no header of version 1');
  return { protocol, from, to, fromPort: Number(fromPort), toPort: Number(toPort) };
}

/** Reads a header of version 2, as section 2.2 of the specification describes it. */
function readV2(header: Uint8Array): Read {
  const bytes = Buffer.from(header);
  expect(bytes.subarray(0, 12).toString('hex')).toBe('0d0a0d0a000d0a515549540a');
  expect(bytes[12]).toBe(0x21);
  expect(bytes.readUInt16BE(14)).toBe(bytes.length - 16);
  const isV4 = bytes[13] === 0x11;
  if (!isV4) expect(bytes[13]).toBe(0x21);
  const size = isV4 ? 4 : 16;
  const address = (at: number): string => {
    const part = bytes.subarray(at, at + size);
    return isV4 ? part.join('.') : (part.toString('hex').match(/.{4}/g) ?? []).join(':');
  };
  const ports = 16 + 2 * size;
  expect(bytes[ports + 4]).toBe(0x05);
  const length = bytes.readUInt16BE(ports + 5);
  expect(ports + 7 + length).toBe(bytes.length);
  return {
    protocol: isV4 ? 'TCP4' : 'TCP6',
    from: address(16),
    to: address(16 + size),
    fromPort: bytes.readUInt16BE(ports),
    toPort: bytes.readUInt16BE(ports + 2),
    uniqueId: bytes.subarray(ports + 7).toString(),
  };
}

const port = fc.integer({ min: 1, max: 65_535 });
const v4Text = fc.ipV4();
/** Global addresses: never IPv4-mapped. */
const v6Bytes = fc.uint8Array({ minLength: 15, maxLength: 15 }).map((rest) => Uint8Array.of(0x20, ...rest));
const id = fc.stringMatching(/^[a-z0-9-]{1,40}_[0-9]{10}_[0-9A-F]{16}$/);

function v4End(text: string, portNumber: number, isMapped: boolean): ProxyEnd {
  const bytes = new Uint8Array(16);
  const parts = text.split('.').map(Number);
  if (isMapped) {
    bytes.set([0xff, 0xff], 10);
    bytes.set(parts, 12);
  } else {
    bytes.set(parts);
  }
  return { bytes, family: isMapped ? AF_INET6 : AF_INET, port: portNumber };
}

describe('PROXY header', () => {
  it('has both IPv4 ends, in both versions, of AF_INET and of mapped sockets', () => {
    fc.assert(
      fc.property(v4Text, v4Text, port, port, fc.boolean(), id, (from, to, fromPort, toPort, isMapped, uniqueId) => {
        const ends = [v4End(from, fromPort, isMapped), v4End(to, toPort, isMapped)] as const;
        const expected = { protocol: 'TCP4', from, to, fromPort, toPort };
        expect(readV1(encodeProxyV1(...ends))).toEqual(expected);
        expect(readV2(encodeProxyV2(...ends, uniqueId))).toEqual({ ...expected, uniqueId });
      }),
    );
  });

  it('has both IPv6 ends, in both versions', () => {
    fc.assert(
      fc.property(v6Bytes, v6Bytes, port, port, id, (from, to, fromPort, toPort, uniqueId) => {
        const ends = [
          { bytes: from, family: AF_INET6, port: fromPort },
          { bytes: to, family: AF_INET6, port: toPort },
        ] as const;
        const text = readV1(encodeProxyV1(...ends));
        expect(text).toMatchObject({ protocol: 'TCP6', fromPort, toPort });
        expect([parseAddress(text.from)?.bytes, parseAddress(text.to)?.bytes]).toEqual([from, to]);
        const binary = readV2(encodeProxyV2(...ends, uniqueId));
        expect(binary).toMatchObject({ protocol: 'TCP6', fromPort, toPort, uniqueId });
        expect([parseAddress(binary.from)?.bytes, parseAddress(binary.to)?.bytes]).toEqual([from, to]);
      }),
    );
  });

  it('of version 1 is at most 107 bytes long, as its readers expect', () => {
    const end = { bytes: new Uint8Array(16).fill(0xff), family: AF_INET6, port: 65_535 };
    expect(encodeProxyV1(end, end).length).toBeLessThanOrEqual(107);
  });

  it('has the last 128 bytes of a longer id', () => {
    const end = v4End('10.0.0.1', 1, false);
    const { uniqueId } = readV2(encodeProxyV2(end, end, `${'x'.repeat(200)}_D8F`));
    expect(uniqueId).toBe(`${'x'.repeat(124)}_D8F`);
  });
});
