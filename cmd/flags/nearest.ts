import { editDistance } from '../../words/index.js';

/** The candidate that a word was probably meant to be: a third of its letters may differ, three at most. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const most = Math.min(3, Math.ceil(word.length / 3));
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= most && best.distance < word.length ? best.candidate : undefined;
}
