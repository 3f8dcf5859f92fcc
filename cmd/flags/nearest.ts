import { editDistance } from '../../words/index.js';

/** Returns the candidate that a word probably meant: at most a third of its letters differ, and at most three. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const most = Math.min(3, Math.ceil(word.length / 3));
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= most && best.distance < word.length ? best.candidate : undefined;
}
