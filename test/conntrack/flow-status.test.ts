import { describe, expect, it } from 'vitest';
import { ConntrackDecoder, FlowStatusReader } from '../../conntrack/index.js';
import { DecodeError } from '../../netlink/index.js';
import { capturedMessages } from '../support/fixtures.js';
import { message, TUPLES } from './messages.js';

const decoder = new ConntrackDecoder();
const reader = new FlowStatusReader();
const messages = [...capturedMessages('conntrack/6.18-flows.bin'), ...capturedMessages('conntrack/6.18-events.bin')];

describe('the status of a flow', () => {
  it('is that of the decoded flow', () => {
    for (const bytes of messages) {
      expect(reader.read(bytes)).toBe(decoder.flow(bytes).status);
      expect(reader.read(Buffer.concat([Buffer.alloc(8), bytes]), 8)).toBe(decoder.flow(bytes).status);
    }
    expect(reader.read(message({}, TUPLES))).toBeUndefined();
  });

  it('is read, or a DecodeError is thrown, at every truncation', () => {
    for (const bytes of messages.slice(0, 20)) {
      const { status } = decoder.flow(bytes);
      for (let length = 0; length < bytes.length; length++) {
        const cut = Buffer.from(bytes.subarray(0, length));
        expect(() => reader.read(cut)).toThrow(DecodeError);
        if (length >= 20) cut.writeUInt32LE(length, 0);
        try {
          expect([status, undefined]).toContain(reader.read(cut));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
    }
  });

  it('is not of statistics', () => {
    expect(() => reader.read(message({ type: 4 }, []))).toThrow(DecodeError);
  });
});
