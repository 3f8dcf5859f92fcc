import { type Opener, type OpenerFields, openedBy, openedByFinal } from './opener.js';

/**
 * Service of a connection. `pending`: no record has shown yet who opened it. `other`: this end opened it, or its local
 * end belongs to no service.
 */
export type Attributed<S> =
  | { readonly kind: 'pending'; readonly service: S }
  | { readonly kind: 'service'; readonly service: S }
  | { readonly kind: 'other' };

/**
 * Attribution of one connection to a service, decided once: by the first record that shows who opened it. A client of
 * another server that happens to use a service's port as its source belongs to no service.
 */
export class Attribution<S> {
  #result: Attributed<S>;

  /** @param service service of the local end when the connection was first seen; undefined if it has none */
  constructor(service: S | undefined) {
    this.#result = service === undefined ? { kind: 'other' } : { kind: 'pending', service };
  }

  /** Result by now. */
  get result(): Attributed<S> {
    return this.#result;
  }

  /** Takes the next record of the socket. */
  add(fields: OpenerFields): Attributed<S> {
    if (this.#result.kind === 'pending') this.#decide(this.#result.service, openedBy(fields));
    return this.#result;
  }

  /**
   * Takes the last record. A connection that is still pending belongs to the service: its local end is a listener's,
   * and clients with such a port are rare.
   * @param fields final counters of the destroy event; undefined without them
   */
  finish(fields: OpenerFields | undefined): Attributed<S> {
    if (this.#result.kind === 'pending') {
      const { service } = this.#result;
      this.#decide(service, (fields && openedByFinal(fields)) ?? 'remote');
    }
    return this.#result;
  }

  #decide(service: S, opener: Opener | undefined): void {
    if (opener === 'remote') this.#result = { kind: 'service', service };
    else if (opener === 'local') this.#result = { kind: 'other' };
  }
}
