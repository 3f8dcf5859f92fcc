import type { LiveAddress } from '../../../live/client/index.js';
import type { ServiceJson, ServicesJson } from '../../../live/wire/index.js';
import { SourceError } from '../../../view/top/index.js';
import { HttpClient } from '../top/client/http-client.js';
import type { ShownService } from './shown-service.js';

/** Longest answer: 1,024 services with 1,000 clients each would be 100 MB. */
const MAX_BYTES = 128 * 2 ** 20;
/** Longest time for an answer, milliseconds. */
const DEADLINE_MS = 10_000;

/** Watched services of a running collector, with what was since its start. */
export class CollectorServices {
  readonly #client: HttpClient;
  #before: { readonly atMs: number; readonly services: ReadonlyMap<string, ServiceJson> } | undefined;

  constructor(address: LiveAddress) {
    this.#client = new HttpClient(address);
  }

  /** Asks the collector. @throws SourceError; the reason of `signal` when it is aborted */
  async next(signal: AbortSignal): Promise<ShownService[]> {
    const services = await this.#read(signal);
    const atMs = performance.now();
    const before = this.#before;
    this.#before = { atMs, services: new Map(services.map((service) => [keyOf(service), service])) };
    return services.map((service) => {
      const earlier = before?.services.get(keyOf(service));
      const seconds = (atMs - (before?.atMs ?? atMs)) / 1_000;
      const rates =
        earlier === undefined || seconds <= 0
          ? null
          : {
              upBytesPerSec: Math.max(0, service.up - earlier.up) / seconds,
              downBytesPerSec: Math.max(0, service.down - earlier.down) / seconds,
            };
      return { ...service, rates };
    });
  }

  close(): void {
    this.#client.close();
  }

  async #read(signal: AbortSignal): Promise<readonly ServiceJson[]> {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const { text } = this.#client.address;
    let answer: Partial<ServicesJson>;
    try {
      answer = await this.#client.get<ServicesJson>(
        '/services',
        {},
        { signal: AbortSignal.any([signal, deadline]), maxBytes: MAX_BYTES },
      );
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) throw new SourceError(`${text}: no answer within ${DEADLINE_MS / 1000} s`, false);
      throw error;
    }
    if (!Array.isArray(answer?.services)) throw new SourceError(`${text} does not answer as a collector`, false);
    return answer.services;
  }
}

/** Returns a name that is unique: a service may be in several network namespaces. */
function keyOf({ name, netns }: ServiceJson): string {
  return JSON.stringify([name, netns]);
}
