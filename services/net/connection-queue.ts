/** Queue between what comes and one asynchronous consumer. */
export class ConnectionQueue<C> {
  readonly #waiting: C[] = [];
  readonly #consumers: ((result: IteratorResult<C, undefined>) => void)[] = [];
  #isClosed = false;

  /** Adds an item, or hands it to a consumer that waits. */
  push(item: C): void {
    const consumer = this.#consumers.shift();
    if (consumer === undefined) this.#waiting.push(item);
    else consumer({ value: item, done: false });
  }

  /** Removes an item that no consumer has taken yet. */
  delete(item: C): void {
    const at = this.#waiting.indexOf(item);
    if (at !== -1) this.#waiting.splice(at, 1);
  }

  /** Ends the iteration once the queue is empty. */
  close(): void {
    this.#isClosed = true;
    for (const consumer of this.#consumers.splice(0)) consumer({ value: undefined, done: true });
  }

  /** Returns the next item; waits for one. */
  next(): Promise<IteratorResult<C, undefined>> {
    const item = this.#waiting.shift();
    if (item !== undefined) return Promise.resolve({ value: item, done: false });
    if (this.#isClosed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#consumers.push(resolve));
  }
}
