import { expect, it } from 'vitest';
import {
  buildGetLinkRequest,
  buildGetLinksRequest,
  DecodeError,
  decodeLink,
  RTM_NEWLINK,
} from '../../../netlink/index.js';

/** Returns RTM_NEWLINK as the kernel sends it: IFLA_TXQLEN, then IFLA_IFNAME. */
function link(index: number, name: string): Buffer {
  const text = Buffer.from(`${name}\0`);
  const attribute = Buffer.alloc(4 + ((text.length + 3) & ~3));
  attribute.writeUInt16LE(4 + text.length, 0);
  attribute.writeUInt16LE(3, 2);
  text.copy(attribute, 4);
  const message = Buffer.concat([Buffer.alloc(32), Buffer.from('08000d00e8030000', 'hex'), attribute]);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(RTM_NEWLINK, 4);
  message.writeInt32LE(index, 20);
  return message;
}

it.each([
  [1, 'lo'],
  [7, 'eth0.100'],
  [2 ** 31 - 1, 'fifteen-letters'],
])('interface %i is called %s', (index, name) => {
  expect(decodeLink(link(index, name))).toEqual({ index, name });
});

it('a message without a name is no interface', () => {
  expect(decodeLink(link(1, 'lo').subarray(0, 40))).toBeUndefined();
  expect(decodeLink(link(1, ''))).toBeUndefined();
});

it('a link or a DecodeError comes of a message that is cut anywhere', () => {
  const message = link(3, 'eth0');
  for (let length = 0; length < message.length; length++) {
    try {
      decodeLink(message.subarray(0, length));
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
    }
  }
});

it('requests name one interface, or all', () => {
  expect(Buffer.from(buildGetLinksRequest()).toString('hex')).toBe(`20000000120001030000000000000000${'0'.repeat(32)}`);
  const one = Buffer.from(buildGetLinkRequest(5));
  expect(one.readUInt16LE(6)).toBe(1);
  expect(one.readInt32LE(20)).toBe(5);
});
