import type { DescribedField, RowFact, RowFactPart } from '../../view/rows/index.js';

/** Fact of two connections. */
export interface FactPair {
  readonly name: string;
  readonly field: DescribedField;
  /** Values in words; undefined for a connection that lacks it. */
  readonly texts: readonly [string | undefined, string | undefined];
  readonly differs: boolean;
  /** Second value as a multiple of the first, such as `× 1.5`; empty if that says nothing. */
  readonly ratio: string;
}

/** Facts of one part of two connections. */
export interface FactPairPart {
  readonly title: string;
  readonly pairs: readonly FactPair[];
}

/** Types of numbers whose quotient says something. */
const MEASURED: readonly string[] = ['duration', 'bytes', 'rate', 'ratio', 'count'];

/** Puts the facts of two connections side by side, in the order of the first; facts of the second alone follow. */
export function factPairs(a: readonly RowFactPart[], b: readonly RowFactPart[]): FactPairPart[] {
  const titles = [...new Set([...a, ...b].map(({ title }) => title))];
  return titles.map((title) => {
    const [left, right] = [factsOf(a, title), factsOf(b, title)];
    const names = [...new Set([...left.keys(), ...right.keys()])];
    return { title, pairs: names.flatMap((name) => pairOf(name, left.get(name), right.get(name))) };
  });
}

function factsOf(parts: readonly RowFactPart[], title: string): ReadonlyMap<string, RowFact> {
  return new Map(parts.find((part) => part.title === title)?.facts.map((fact) => [fact.name, fact]));
}

function pairOf(name: string, a: RowFact | undefined, b: RowFact | undefined): FactPair[] {
  const field = (a ?? b)?.field;
  if (field === undefined) return [];
  const texts = [a?.text, b?.text] as const;
  return [{ name, field, texts, differs: texts[0] !== texts[1], ratio: ratioOf(field.type, a?.value, b?.value) }];
}

function ratioOf(type: string, a: unknown, b: unknown): string {
  if (!MEASURED.includes(type) || typeof a !== 'number' || typeof b !== 'number' || !(a > 0) || !(b > 0)) return '';
  const ratio = b / a;
  // So close to 1 that it is no difference to look at.
  if (Math.abs(ratio - 1) < 0.005) return '';
  return `× ${ratio >= 100 ? Math.round(ratio) : Number(ratio.toPrecision(Math.abs(ratio - 1) < 0.1 ? 3 : 2))}`;
}
