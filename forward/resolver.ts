import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Function that returns the addresses of a name, in the order in which they are to be tried. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** Resolves as the C library does: /etc/hosts, then DNS. @throws the system error, such as ENOTFOUND */
export const systemLookup: Lookup = async (name) =>
  (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address);

/**
 * Resolver of backends' names: at each connect, so that a change of an address is noticed at once. Connects at the same
 * time share one question.
 */
export class Resolver {
  readonly #lookup: Lookup;
  readonly #asked = new Map<string, Promise<readonly string[]>>();
  /** Last answer for each name; there are as many names as backends. */
  readonly #known = new Map<string, readonly string[]>();

  constructor(lookup: Lookup = systemLookup) {
    this.#lookup = lookup;
  }

  /** Returns the addresses that a host had when it was last asked for; none before. */
  known(host: string): readonly string[] {
    return isIP(host) === 0 ? (this.#known.get(host) ?? []) : [host];
  }

  /** Returns the addresses of a host; an address is its own. @throws the system error, such as ENOTFOUND */
  addresses(host: string): readonly string[] | Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const asked = this.#asked.get(host);
    if (asked !== undefined) return asked;
    const question = this.#lookup(host)
      .then((addresses) => {
        this.#known.set(host, addresses);
        return addresses;
      })
      .finally(() => this.#asked.delete(host));
    this.#asked.set(host, question);
    return question;
  }
}
