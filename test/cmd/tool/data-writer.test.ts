import { writeFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { run as runCsvtool } from '../../../cmd/csvtool/run.js';
import { findSubcommand } from '../../../cmd/tcp-info/subcommands.js';
import { dataWriter, harmlessText, terminalText } from '../../../cmd/tool/data-writer.js';
import { encodeRecord, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { chunks } from '../../archive/input/sources.js';
import { tempFolder } from '../../support/temp.js';

/**
 * Escape sequences that clear a terminal, set its title and type an answer, also as C1 controls, and an RLO character.
 */
const HOSTILE = 'a\u001b[2J\u001b]0;title\u0007\u009b2J\u202ez\r';
const SHOWN = 'a\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{9b}2J\\u{202e}z\\u{d}';

/** A stream that keeps its data and may claim to be a terminal. */
class Screen extends Writable {
  text = '';

  constructor(readonly isTTY: boolean) {
    super({ decodeStrings: true });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('latin1');
    done();
  }
}

const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

/** Returns an archive of a connection with a hostile name. */
function archive(): Buffer {
  const rawIdm = new Uint8Array(72);
  rawIdm.set([2, 1]);
  const records = [
    { timestamp: ZERO_TIMESTAMP, metadata: { uuid: HOSTILE, sequence: 0, startTime: '2026-11-20T23:28:03Z' } },
    { timestamp: '2026-11-20T23:28:03Z', rawIdm, attributes: [null, null, null, null, Buffer.from(`${HOSTILE}\0`)] },
  ];
  return Buffer.from(records.map(encodeRecord).join(''));
}

describe('harmlessText', () => {
  it('escapes terminal commands, and keeps lines and tabs', () => {
    expect(harmlessText(`1\t${HOSTILE}\n2 ü 日本\n`)).toBe(`1\t${SHOWN}\n2 ü 日本\n`);
  });
});

describe('terminalText', () => {
  it('joins characters split over chunks, and replaces invalid bytes', () => {
    const whole = Buffer.from(`${HOSTILE}ü日\n`);
    const harmless = terminalText();
    const pieces = [...whole].map((byte) => harmless(Uint8Array.of(byte)));
    expect(Buffer.concat(pieces).toString()).toBe(`${SHOWN}ü日\n`);
    // One byte is a command on 8-bit terminals.
    expect(terminalText()(Uint8Array.of(0x9b, 0x32, 0x4a)).toString()).toBe('\u{fffd}2J');
  });
});

describe('dataWriter', () => {
  it('changes no byte unless the output is a terminal', async () => {
    const stream = new PassThrough();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await dataWriter(stream)(bytes);
    expect(Uint8Array.from(stream.read())).toEqual(bytes);
  });
});

describe('tools that print data', () => {
  const stderr = new PassThrough().resume();

  it('csvtool escapes a name on a terminal, and not in a pipe', async () => {
    const run = async (isTTY: boolean): Promise<string> => {
      const stdout = new Screen(isTTY);
      expect(await runCsvtool({ args: ['-'], stdin: chunks(archive(), 7), stdout, stderr })).toBe(0);
      return utf8(stdout.text);
    };
    expect(await run(false)).toContain(HOSTILE);
    const shown = await run(true);
    expect(shown).toContain(SHOWN);
    expect(shown).not.toMatch(/(?![\n\t])\p{Cc}/u);
  });

  it.each([
    ['export', ['--format=csv', '--columns=uuid']],
    ['export', ['--format=jsonl', '--columns=uuid']],
    ['query', ['--format=csv', 'SELECT uuid FROM snapshots']],
    ['query', ['SELECT uuid FROM snapshots']],
    ['show', []],
    ['show', ['--format=json']],
  ])('tcp-info %s %j writes no control sequence to a terminal', async (name, args) => {
    const path = `${tempFolder()}/a.jsonl`;
    writeFileSync(path, archive());
    const stdout = new Screen(true);
    const signals = { onShutdown: () => undefined };
    const code = await findSubcommand([name])?.run({ args: [...args, path], stdout, stderr, signals });
    expect(code).toBe(0);
    expect(utf8(stdout.text)).toContain('2J');
    // Except our own colours.
    for (const command of ['\u001b[2J', '\u001b]', '\u0007', '\u009b', '\u202e', '\r']) {
      expect(utf8(stdout.text)).not.toContain(command);
    }
  });

  it('export changes no byte in a pipe', async () => {
    const path = `${tempFolder()}/a.jsonl`;
    writeFileSync(path, archive());
    const stdout = new PassThrough();
    const read = text(stdout);
    const args = ['--format=csv', '--columns=uuid', path];
    await findSubcommand(['export'])?.run({ args, stdout, stderr, signals: { onShutdown: () => undefined } });
    stdout.end();
    expect(await read).toContain(HOSTILE);
  });
});
