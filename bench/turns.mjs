/**
 * Measures contenders in turns, and returns the samples of each. Every round begins with another one.
 * @template Sample
 * @param {number} rounds
 * @param {readonly string[]} names
 * @param {(name: string) => Promise<Sample>} measure
 * @returns {Promise<Record<string, Sample[]>>}
 */
export async function inTurns(rounds, names, measure) {
  const samples = Object.fromEntries(names.map((name) => [name, /** @type {Sample[]} */ ([])]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] ?? '';
      samples[name]?.push(await measure(name));
    }
  }
  return samples;
}
