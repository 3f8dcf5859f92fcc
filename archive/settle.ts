/** Combines the promises of a list into one, undefined for no promise, and empties the list. */
export function settle(waits: (Promise<void> | undefined)[]): Promise<void> | undefined {
  let all: Promise<void> | undefined;
  for (const wait of waits) {
    if (wait === undefined) continue;
    all = all === undefined ? wait : Promise.all([all, wait]).then(() => undefined);
  }
  waits.length = 0;
  return all;
}
