import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Captured files, see test/fixtures/README.md. */
export type CapturedFile =
  | '6.18-dump.bin'
  | '6.18-destroy.bin'
  | 'conntrack/6.18-flows.bin'
  | 'conntrack/6.18-events.bin'
  | 'conntrack/6.18-stats.bin';

/** Returns the messages of a captured file. */
export function capturedMessages(name: CapturedFile): Buffer[] {
  const bytes = readFileSync(join(import.meta.dirname, '..', 'fixtures', name));
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    // An aligned, exclusive copy, as the poll thread's reader makes one.
    messages.push(Buffer.from(bytes.subarray(at, at + length)));
    at += (length + 3) & ~3;
  }
  return messages;
}
