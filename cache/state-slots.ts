/** States that observers keep for one connection. Only {@link StateSlot} reads and writes them. */
export type SlotValues = unknown[];

/** Place of one observer's state in the {@link SlotValues} of every connection. */
export class StateSlot<State> {
  readonly #index: number;

  /** Called by {@link StateSlots.create}. */
  constructor(index: number) {
    this.#index = index;
  }

  /** Returns the state of a connection; undefined before the first {@link set}. */
  get(values: SlotValues): State | undefined {
    // Only `set` of this slot writes this element.
    return values[this.#index] as State | undefined;
  }

  /** Sets the state of a connection. */
  set(values: SlotValues, state: State): void {
    values[this.#index] = state;
  }
}

/**
 * Slots of all observers of one collector. A slot is for state that is needed with every record, or that a connection
 * needs again when it vanished from scans and is seen again, or when its destroy event comes late: until then the cache
 * keeps the values of its slots. Other state belongs in a map of the observer's own.
 */
export class StateSlots {
  #count = 0;

  /** Creates a slot for the states of one observer. */
  create<State>(): StateSlot<State> {
    return new StateSlot(this.#count++);
  }

  /** Returns empty values for a new connection, with room for exactly the slots created so far. */
  emptyValues(): SlotValues {
    return new Array<unknown>(this.#count).fill(undefined);
  }
}
