import { type AttributeTable, AttributeWalker, DecodeError, decodeAttributeAt } from '../netlink/index.js';
import { wrongLength } from './payload.js';

/** Maximum depth of nested attributes; the kernel nests three deep. */
export const MAX_NESTING = 4;

const NO_PAD = -1;
/** Maximum number of distinct attributes that are counted one by one; the rest are counted together. */
const MAX_UNKNOWN = 256;
const OTHERS = 'others';

/** Reader of nested attributes, with one walker for each depth, and a count of those that are skipped. */
export class NestReader {
  /** Number of skipped attributes, by their numbers from the outermost to the innermost. */
  readonly unknown = new Map<string, number>();
  readonly #walkers = Array.from({ length: MAX_NESTING }, () => new AttributeWalker());

  /**
   * Decodes attributes that hold one integer each.
   * @param path numbers of the outer attributes
   * @param pad number of an attribute that only aligns the next one
   */
  table<T extends object>(
    target: T,
    table: AttributeTable<T>,
    bytes: Uint8Array,
    start: number,
    end: number,
    path: string | number,
    depth: number,
    pad = NO_PAD,
  ): T {
    const walker = this.walk(bytes, start, end, depth);
    while (walker.next()) {
      const { type } = walker;
      if (type === pad || this.#scalar(target, table, type, bytes, walker.start, walker.end)) continue;
      this.skip(bytes, walker, path === '' ? type : `${path}.${type}`, depth);
    }
    return target;
  }

  /**
   * Decodes an attribute that holds one integer; returns false if the table does not have it, or if a number cannot hold
   * its value.
   */
  #scalar<T extends object>(
    target: T,
    table: AttributeTable<T>,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const field = table.get(type);
    if (field === undefined) return false;
    if (end - start < field.size) throw wrongLength(field.cName, start, end);
    return decodeAttributeAt(target, table, type, bytes, start, end) === end - start - field.size;
  }

  /** Returns the walker of a depth, before the first attribute. */
  walk(bytes: Uint8Array, start: number, end: number, depth: number): AttributeWalker {
    const walker = this.#at(depth);
    walker.reset(bytes, start, end);
    return walker;
  }

  #at(depth: number): AttributeWalker {
    const walker = this.#walkers[depth];
    if (walker === undefined) throw new RangeError(`no walker for depth ${depth}`);
    return walker;
  }

  /** Counts an attribute that is not decoded. Attributes nested in it are checked as all others. */
  skip(bytes: Uint8Array, walker: AttributeWalker, path: string | number, depth: number): void {
    const given = String(path);
    const key = this.unknown.has(given) || this.unknown.size < MAX_UNKNOWN ? given : OTHERS;
    this.unknown.set(key, (this.unknown.get(key) ?? 0) + 1);
    if (walker.isNested) this.#check(bytes, walker.start, walker.end, depth + 1);
  }

  #check(bytes: Uint8Array, start: number, end: number, depth: number): void {
    if (depth >= MAX_NESTING) {
      throw new DecodeError(`nlattr: nested deeper than ${MAX_NESTING}`, { code: 'ERR_NESTING', at: start });
    }
    const walker = this.walk(bytes, start, end, depth);
    while (walker.next()) if (walker.isNested) this.#check(bytes, walker.start, walker.end, depth + 1);
  }
}
