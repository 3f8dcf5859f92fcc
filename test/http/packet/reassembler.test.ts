import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HoleCause, Reassembler, Stream, type StreamSink } from '../../../http/packet/index.js';

/** Notes what is delivered: text, and holes as `[3 lost]`. */
class Notes implements StreamSink<Stream> {
  text = '';
  segments: string[] = [];
  ends = 0;

  data(_: Stream, bytes: Uint8Array, start: number, end: number, begins: boolean, whole: boolean): void {
    const text = Buffer.from(bytes.subarray(start, end)).toString('latin1');
    this.text += text;
    this.segments.push(`${begins ? '|' : ''}${text}${whole ? '' : '…'}`);
  }

  hole(_: Stream, length: number, cause: HoleCause): void {
    this.text += `[${length} ${cause}]`;
  }

  fin(): void {
    this.ends++;
  }
}

const LIMITS = { heldBytes: 1000, totalHeldBytes: 2000, patience: 100 };
const START = 0x7fffff00;

function streams(limits = LIMITS) {
  const notes = new Notes();
  const reassembler = new Reassembler<Stream>(notes, limits);
  const stream = new Stream();
  stream.known = true;
  stream.next = START | 0;
  /** Adds text at a distance from the start; `captured` bytes of it were kept. */
  const add = (at: number, text: string, time = 0, captured = text.length, to = stream) => {
    const bytes = Buffer.from(`...${text}`, 'latin1');
    reassembler.segment(to, (START + at) | 0, text.length, 0, bytes, 3, 3 + captured, time);
  };
  return { notes, reassembler, stream, add };
}

describe('Reassembler', () => {
  it('delivers in order, over the end of sequence numbers', () => {
    const { notes, add, reassembler } = streams();
    add(3, 'def');
    add(6, 'ghi');
    expect(notes.text).toBe('');
    expect(reassembler.heldBytes).toBeGreaterThan(6);
    add(0, 'abc');
    expect(notes.segments).toEqual(['|abc', '|def', '|ghi']);
    expect(reassembler.heldBytes).toBe(0);
  });

  it('drops what came before, and keeps the first bytes of overlaps', () => {
    const { notes, add } = streams();
    add(0, 'abc');
    add(0, 'XXXd');
    add(6, 'gh');
    add(4, 'efGHi');
    add(0, 'XXXXXXXXXj');
    expect(notes.text).toBe('abcdefghij');
    expect(notes.segments).toEqual(['|abc', 'd', '|ef', '|gh', 'i', 'j']);
  });

  it('reports what was cut as a hole at once', () => {
    const { notes, add } = streams();
    add(0, 'abcdef', 0, 2);
    add(6, 'gh', 0, 0);
    expect(notes.text).toBe('ab[4 cut][2 cut]');
    expect(notes.segments).toEqual(['|ab…']);
  });

  it('waits for a while, and longer for a later hole', () => {
    const { notes, add, reassembler } = streams();
    add(3, 'd', 0);
    add(6, 'g', 50);
    reassembler.expire(99);
    expect(notes.text).toBe('');
    add(0, 'abc', 99);
    reassembler.expire(150);
    expect(notes.text).toBe('abcd');
    reassembler.expire(199);
    expect(notes.text).toBe('abcd[2 lost]g');
  });

  it('gives up when a direction holds too much, but always holds one segment', () => {
    const { notes, add } = streams();
    add(1, 'x'.repeat(900));
    expect(notes.text).toBe('');
    add(902, 'y');
    expect(notes.text).toBe(`[1 lost]${'x'.repeat(900)}[1 lost]y`);
  });

  it('gives up the stream that waits longest when all hold too much', () => {
    const { notes, add, reassembler } = streams();
    const others = Array.from({ length: 3 }, () => Object.assign(new Stream(), { known: true, next: START | 0 }));
    for (const [i, other] of others.entries()) add(1, String(i).repeat(800), i, 800, other);
    expect(notes.text).toBe(`[1 overload]${'0'.repeat(800)}`);
    expect(reassembler.heldBytes).toBeLessThanOrEqual(LIMITS.totalHeldBytes);
  });

  it('does not wait after packets were lost', () => {
    const { notes, add, reassembler } = streams();
    add(3, 'd');
    reassembler.lose();
    expect(notes.text).toBe('[3 lost]d');
    add(6, 'g');
    reassembler.lose();
    expect(notes.text).toBe('[3 lost]d[2 lost]g');
    add(7, 'h');
    add(9, 'j');
    expect(notes.text).toBe('[3 lost]d[2 lost]gh');
  });

  it('does not wait for bytes that the receiver has', () => {
    const { notes, stream, add, reassembler } = streams();
    add(3, 'def');
    add(8, 'i');
    reassembler.acknowledge(stream, (START + 3) | 0, 0);
    expect(notes.text).toBe('[3 lost]def');
    reassembler.acknowledge(stream, (START + 7) | 0, 0);
    expect(notes.text).toBe('[3 lost]def[1 lost]');
  });

  it('takes nothing from behind a FIN, however far', () => {
    const { notes, add, reassembler, stream } = streams();
    reassembler.fin(stream, (START + 5) | 0, 0);
    add(5, 'behind');
    add(6, 'further');
    add(0x7fff_0000, 'far');
    add(2, 'cdeXYZ');
    expect(notes.ends).toBe(0);
    add(0, 'ab');
    expect(notes.text).toBe('abcde');
    expect(notes.ends).toBe(1);
    expect(reassembler.heldBytes).toBe(0);
  });

  it('takes no FIN from far away', () => {
    for (const distance of [2 ** 31, 2 ** 30 + 1, -(2 ** 30) - 1]) {
      const { notes, add, reassembler, stream } = streams();
      reassembler.fin(stream, (START + distance) | 0, 0);
      reassembler.expire(1000);
      add(0, 'abc');
      expect([notes.text, notes.ends]).toEqual(['abc', 0]);
    }
  });

  it('holds nothing in the end, wherever segments and FINs say that they are', () => {
    const anywhere = fc.oneof(fc.nat(30), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    const step = fc.record({ kind: fc.constantFrom('data', 'fin', 'acknowledge', 'lose'), at: anywhere });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { add, reassembler, stream } = streams();
        for (const { kind, at } of steps) {
          // As the tap does, which takes what is further away for another connection.
          const isNear = Math.abs((START + at - stream.next) | 0) <= 2 ** 30;
          if (kind === 'data' && isNear) add(at, 'some text');
          else if (kind === 'acknowledge' && isNear) reassembler.acknowledge(stream, (START + at) | 0, 0);
          else if (kind === 'fin') reassembler.fin(stream, (START + at) | 0, 0);
          else if (kind === 'lose') reassembler.lose();
        }
        reassembler.expire(1000);
        expect([reassembler.heldBytes, stream.held, stream.waiting]).toEqual([0, null, false]);
      }),
      { numRuns: 2000 },
    );
  });

  it('ends once, at the FIN, also when bytes before it never come', () => {
    const { notes, stream, add, reassembler } = streams();
    add(0, 'abc');
    reassembler.fin(stream, (START + 5) | 0, 0);
    expect(notes.ends).toBe(0);
    add(3, 'deXX');
    expect([notes.text, notes.ends]).toEqual(['abcde', 1]);
    reassembler.fin(stream, (START + 5) | 0, 0);
    expect(notes.ends).toBe(1);

    const late = streams();
    late.reassembler.fin(late.stream, (START + 2) | 0, 0);
    late.reassembler.expire(100);
    expect([late.notes.text, late.notes.ends]).toEqual(['[2 lost]', 1]);
  });

  it('delivers each byte once, whatever comes, and holds nothing at the end', () => {
    const content = Array.from({ length: 60 }, (_, i) => String.fromCharCode(48 + i)).join('');
    const segment = fc.record({ at: fc.nat(59), length: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 40 }), (all) => {
        const { notes, stream, add, reassembler } = streams({ ...LIMITS, heldBytes: 1e6, totalHeldBytes: 1e6 });
        const seen = new Set<number>();
        for (const { at, length } of all) {
          const text = content.slice(at, at + length);
          for (let i = at; i < at + text.length; i++) seen.add(i);
          add(at, text);
        }
        reassembler.giveUp(stream, 'lost', 0);
        const rest = notes.text.replace(/\[(\d+) lost\]/g, (_, count) => ' '.repeat(Number(count)));
        const end = Math.max(-1, ...seen) + 1;
        expect(rest).toBe(Array.from({ length: end }, (_, i) => (seen.has(i) ? content[i] : ' ')).join(''));
        expect(reassembler.heldBytes).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
