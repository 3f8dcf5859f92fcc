import { findUnit, near } from '../../../expression/index.js';
import type { JsonMember, JsonNode } from './json-tree.js';
import type { Problems } from './problem.js';

/** Reads the members of an object, and notes what is wrong. */
export class MemberReader {
  readonly #members = new Map<string, JsonMember>();
  readonly #problems: Problems;

  /** @param allowed names of members; others are problems */
  constructor(members: readonly JsonMember[], allowed: readonly string[], problems: Problems) {
    this.#problems = problems;
    for (const member of members) {
      const { name, at } = member;
      if (!allowed.includes(name)) {
        const [similar] = near(
          name,
          allowed.map((each) => [each]),
        );
        problems.add(at, `${shown(name)} is not known; ${similar ?? allowed.join(', ')}?`);
      } else if (this.#members.has(name)) problems.add(at, `${shown(name)} is given twice`);
      else this.#members.set(name, member);
    }
  }

  /** Returns the value of a member; undefined without it. */
  node(name: string): JsonNode | undefined {
    return this.#members.get(name)?.value;
  }

  /** Returns a text; undefined without the member, or with another value. */
  text(name: string): { readonly text: string; readonly at: number } | undefined {
    const node = this.node(name);
    if (node === undefined) return undefined;
    if (node.kind === 'string') return { text: node.value, at: node.at };
    this.#problems.add(node.at, `${name}: expected a text in quotes`);
    return undefined;
  }

  /** Returns one of some words; undefined without the member, or with another value. */
  word<T extends string>(name: string, words: readonly T[]): T | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const found = words.find((word) => word === given.text);
    if (found === undefined) this.#problems.add(given.at, `${name}: expected ${words.join(', ')}`);
    return found;
  }

  /** Returns a duration in microseconds; undefined without the member, or with another value. */
  durationUs(name: string, { min, max, example }: DurationRange): number | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const [, digits, unit = ''] = /^(\d{1,9}(?:\.\d{1,6})?)([a-z]+)$/.exec(given.text) ?? [];
    const found = findUnit(unit);
    const us = digits === undefined || found?.dimension !== 'duration' ? Number.NaN : Number(digits) * found.factor;
    if (us >= min.us && us <= max.us) return us;
    this.#problems.add(given.at, `${name}: expected a duration from ${min.text} to ${max.text}, such as "${example}"`);
    return undefined;
  }
}

/** Bound of a duration, and how it is written. */
interface Bound {
  readonly us: number;
  readonly text: string;
}

/** Range of a duration. */
export interface DurationRange {
  readonly min: Bound;
  readonly max: Bound;
  readonly example: string;
}

/** Quotes a name of the file for a message. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}
