import { describe, expect, it } from 'vitest';
import { type LineLayout, LineStep, netlink } from '../../native/index.js';

/** Passes a value that the types forbid. */
const wrong = (value: unknown): never => value as never;
const bytes = (text: string): Uint8Array => Buffer.from(text);
const NOTHING = bytes('');

/** Layout of messages of 8 bytes that begin with a 1: a port, and a text by the bytes behind it. */
function layout(more: Partial<LineLayout> = {}): LineLayout {
  return {
    length: 8,
    frame: Uint32Array.of(0, 0xff, 1),
    steps: Uint32Array.of(LineStep.GIVEN, 0, 0, LineStep.U16, 2, 0, LineStep.KNOWN, 0, 0, LineStep.TEXT, 0, 0),
    texts: [NOTHING, bytes('port '), bytes(' '), bytes('\n')],
    keys: [Uint32Array.of(4, 4)],
    members: [NOTHING, NOTHING, NOTHING, NOTHING],
    idAt: 4,
    hashed: Uint32Array.of(0, 4),
    ...more,
  };
}

const MESSAGE = Uint8Array.of(1, 9, 0x1f, 0x90, 0, 0, 0, 7);
const OTHER = Uint8Array.of(2, 9, 0x1f, 0x90, 0, 0, 0, 7);

describe('the line formatter', () => {
  it('writes what it was taught, and stops before anything else', () => {
    const formatter = new netlink.LineFormatter();
    const out = new Uint8Array(200);
    const state = new Uint32Array(2);
    const fingerprints = new Float64Array(3);
    const data = Buffer.concat([MESSAGE, MESSAGE, OTHER]);
    const messages = Uint32Array.of(0, 8, 8, 8, 16, 8);
    const write = (): number => formatter.write(data, messages, 1, out, state, fingerprints);
    expect(formatter.teach(MESSAGE, [bytes('seven')])).toBe(false);
    formatter.learn(layout());
    expect(write()).toBe(0);
    expect(formatter.teach(MESSAGE, [])).toBe(false);
    expect(formatter.teach(MESSAGE, [new Uint8Array(4097)])).toBe(false);
    expect(formatter.teach(MESSAGE, [bytes('seven')])).toBe(true);
    formatter.give([bytes('> '), NOTHING]);
    expect(write()).toBe(1);
    expect(Buffer.from(out.subarray(0, state[0])).toString()).toBe('> port 8080 seven\n');
    expect(Math.floor((fingerprints[0] ?? 0) / 2 ** 21)).toBe(7);
    state.set([150, 0]);
    expect(write()).toBe(0);
    expect(state).toEqual(Uint32Array.of(150, 1));
  });

  const learn = (more: Partial<Record<keyof LineLayout, unknown>>) => (): void =>
    new netlink.LineFormatter().learn(layout(wrong(more)));
  const write =
    (...args: readonly unknown[]) =>
    (): number =>
      new netlink.LineFormatter().write(...(args as Parameters<InstanceType<typeof netlink.LineFormatter>['write']>));
  const none = [NOTHING, new Uint32Array(0), 0, NOTHING, new Uint32Array(2), new Float64Array(0)];

  it.each<[string, () => unknown]>([
    ['layout.length must be an integer from 1 to 65536', learn({ length: 0 })],
    ['layout.frame must be a multiple of 3 numbers', learn({ frame: Uint32Array.of(1) })],
    ['layout.frame must be within the message and its limits', learn({ frame: Uint32Array.of(5, 0, 0) })],
    ['layout.steps must be known steps', learn({ steps: Uint32Array.of(11, 0, 0), texts: [NOTHING] })],
    ['layout.texts must be a text for each step', learn({ texts: [] })],
    ['layout.texts[0] must be at most 4096 bytes long', learn({ texts: [new Uint8Array(4097)] })],
    ['layout.steps must be within the message and its limits', learn({ keys: [] })],
    ['layout.keys must be within the message and its limits', learn({ keys: [Uint32Array.of(4, 5)] })],
    ['layout.members must be four texts', learn({ members: [] })],
    ['layout.idAt must be within the message and its limits', learn({ idAt: 5 })],
    ['layout.hashed must be within the message and its limits', learn({ hashed: Uint32Array.of(9, 0) })],
    ['message must be a Uint8Array', () => new netlink.LineFormatter().teach(wrong(1), [])],
    ['texts must be two texts', () => new netlink.LineFormatter().give(wrong([]))],
    ['members must be prefixes of at most 128 bits', () => setMembers(new Uint8Array(17).fill(129))],
    ['members must be addresses of 16 bytes, each with its prefix length', () => setMembers(new Uint8Array(16))],
    ['data must be a Uint8Array', write(...none.with(0, 1))],
    ['messages must be a Uint32Array', write(...none.with(1, NOTHING))],
    ['from must be the number of a message', write(...none.with(2, 1))],
    ['out must be a Uint8Array', write(...none.with(3, 1))],
    [
      'state must be the end of the lines in out, and a place for the reason',
      write(...none.with(4, Uint32Array.of(1, 0))),
    ],
    ['fingerprints must be a Float64Array', write(...none.with(5, NOTHING))],
  ])('says that %s', (message, work) => {
    expect(work).toThrow(new TypeError(message));
  });
});

function setMembers(members: Uint8Array): void {
  new netlink.LineFormatter().setMembers(members);
}
