import { describe, expect, it } from 'vitest';
import {
  ALL_EXTENSIONS,
  buildGetSockRequest,
  buildSockDiagRequest,
  CONNECTION_STATES,
  extensionBit,
  INET_DIAG_BBRINFO,
  INET_DIAG_CONG,
  INET_DIAG_SHUTDOWN,
  INFO_EXTENSION,
  IPPROTO_MPTCP,
  MAX_BYTECODE_BYTES,
  REFERENCE_STATES,
} from '../../inetdiag/index.js';
import { AF_INET6 } from '../../netlink/index.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('sets of states', () => {
  it('are those in the specification', () => {
    expect(CONNECTION_STATES).toBe(0xb36);
    expect(REFERENCE_STATES).toBe(0xf37);
  });
});

describe('extensionBit', () => {
  it('exists for attributes 1 to 8', () => {
    expect(INFO_EXTENSION).toBe(0x02);
    expect(extensionBit(INET_DIAG_CONG)).toBe(0x08);
    expect(extensionBit(INET_DIAG_SHUTDOWN)).toBe(0x80);
    expect(extensionBit(INET_DIAG_BBRINFO)).toBe(0);
    expect(extensionBit(0)).toBe(0);
  });
});

describe('buildGetSockRequest', () => {
  it('builds a dump request of type 18 with inet_diag_req', () => {
    const request = buildGetSockRequest({ states: CONNECTION_STATES, ext: ALL_EXTENSIONS });
    // length 76, type 18, NLM_F_REQUEST|NLM_F_DUMP, sequence 0, port 0
    const header = '4c000000' + '1200' + '0103' + '00000000' + '00000000';
    // family, src_len, dst_len, ext; 48 bytes of id; states; dbs
    expect(hex(request)).toBe(`${header}000000ff${'00'.repeat(48)}360b000000000000`);
  });
});

describe('buildSockDiagRequest', () => {
  it('builds a dump request of type 20 with inet_diag_req_v2', () => {
    const request = buildSockDiagRequest({ family: AF_INET6, states: REFERENCE_STATES, ext: ALL_EXTENSIONS });
    const header = '48000000' + '1400' + '0103' + '00000000' + '00000000';
    // family, protocol, ext, pad; states; 48 bytes of id
    expect(hex(request)).toBe(`${header}0a06ff00370f0000${'00'.repeat(48)}`);
  });

  it('writes a protocol above 255 as an attribute', () => {
    const request = buildSockDiagRequest({ family: AF_INET6, states: 2, ext: 0, protocol: IPPROTO_MPTCP });
    expect(request).toHaveLength(80);
    expect(hex(request.subarray(0, 4))).toBe('50000000');
    expect(hex(request.subarray(16, 20))).toBe('0a000000');
    expect(hex(request.subarray(72))).toBe('0800030006010000');
  });
});

describe('a filter program in a request', () => {
  const ask = { states: CONNECTION_STATES, ext: ALL_EXTENSIONS };
  const bytecode = Uint8Array.of(1, 4, 8, 0);

  it('is an attribute after the header', () => {
    const request = buildGetSockRequest({ ...ask, bytecode });
    expect(hex(request.subarray(0, 4))).toBe('54000000');
    expect(hex(request.subarray(76))).toBe('08000100' + '01040800');
    expect(hex(buildSockDiagRequest({ ...ask, family: AF_INET6, bytecode }).subarray(72))).toBe('0800010001040800');
  });

  it('comes after the protocol', () => {
    const request = buildSockDiagRequest({ ...ask, family: AF_INET6, protocol: IPPROTO_MPTCP, bytecode });
    expect(hex(request.subarray(72))).toBe('0800030006010000' + '0800010001040800');
    expect(request[0]).toBe(request.length);
  });

  it('is omitted when it is empty', () => {
    expect(buildGetSockRequest({ ...ask, bytecode: new Uint8Array() })).toEqual(buildGetSockRequest(ask));
  });

  it('is rejected when its attribute would have length 0 and be ignored', () => {
    expect(buildGetSockRequest({ ...ask, bytecode: new Uint8Array(MAX_BYTECODE_BYTES) })).toHaveLength(76 + 65_532);
    const tooLong = new Uint8Array(MAX_BYTECODE_BYTES + 4);
    expect(() => buildGetSockRequest({ ...ask, bytecode: tooLong })).toThrow(RangeError);
    expect(() => buildSockDiagRequest({ ...ask, family: AF_INET6, bytecode: tooLong })).toThrow(RangeError);
  });
});
