import { editDistance } from '../words/index.js';

const MAX_HINTS = 3;
const MAX_HINTED_LENGTH = 64;

/** Returns the best name of each group of names that is similar enough to the word, the most similar first. */
export function near(word: string, groups: readonly (readonly string[])[]): string[] {
  const wanted = word.toLowerCase().slice(0, MAX_HINTED_LENGTH);
  // A third of the letters may differ, and less than that of a short word.
  const limit = Math.min(Math.max(1, Math.floor(wanted.length / 3)) + 0.5, 0.5 * wanted.length);
  const best = groups.flatMap((names) => {
    const ranked = names.map((name) => ({ name, rank: rankOf(wanted, name.toLowerCase()) }));
    return ranked.toSorted((a, b) => a.rank - b.rank || a.name.length - b.name.length).slice(0, 1);
  });
  const hints = best.filter(({ rank }) => rank <= limit).toSorted((a, b) => a.rank - b.rank);
  return [...new Set(hints.map(({ name }) => name))].slice(0, MAX_HINTS);
}

/** Distance of a word from a name, or from the name's beginning, which counts half a letter more. */
function rankOf(wanted: string, name: string): number {
  if (wanted.length >= 3 && name.includes(wanted)) return 0.5;
  return Math.min(editDistance(wanted, name), editDistance(wanted, name.slice(0, wanted.length)) + 0.5);
}
