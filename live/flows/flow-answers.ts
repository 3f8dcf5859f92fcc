import { setTimeout as sleep } from 'node:timers/promises';
import { ConntrackError } from '../../conntrack/kernel/index.js';
import { NamespaceError } from '../../host/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import { type FlowAnswering, FlowsError, type FlowsRequest } from '../answers/index.js';
import { type FlowPlan, planFlows } from './flow-plan.js';
import { type ListingParts, listFlows } from './list-flows.js';
import { SharedJob } from './shared-job.js';

/** Listings that wait for the one that is being made. */
const MAX_WAITING = 4;
/** Longest time for one listing, milliseconds: some million flows. */
const DEADLINE_MS = 20_000;

/** Options of {@link FlowAnswers}. */
export interface FlowAnswersOptions extends ListingParts {
  readonly log: Logger;
  readonly deadlineMs?: number;
}

/**
 * Flows of recorded network namespaces, listed on request: one listing at a time, and each waits as long as the
 * one before it took, so that clients never take more than half of the collector's time.
 */
export class FlowAnswers implements FlowAnswering {
  readonly #options: FlowAnswersOptions;
  readonly #trouble: TroubleLog;
  /** Listings that are made or wait, by their requests. */
  readonly #jobs = new Map<string, SharedJob<readonly Uint8Array[]>>();
  /** End of the last listing, and the rest after it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: FlowAnswersOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  async list(request: FlowsRequest, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const plan = planFlows(request);
    const { filter = '', nat = false, state = '', sort = '', netns = '' } = request;
    const key = JSON.stringify([filter, nat, state, sort, netns, plan.limit]);
    const known = this.#jobs.get(key);
    if (known !== undefined && !known.isAbandoned) return await known.join(signal);
    if (this.#jobs.size > MAX_WAITING) {
      throw new FlowsError(`${MAX_WAITING} requests wait for flows already`, 'ERR_BUSY');
    }
    const job = new SharedJob((ended) => this.#inTurn(plan, ended));
    this.#jobs.set(key, job);
    job.onSettled(() => {
      if (this.#jobs.get(key) === job) this.#jobs.delete(key);
    });
    return await job.join(signal);
  }

  async #inTurn(plan: FlowPlan, ended: AbortSignal): Promise<readonly Uint8Array[]> {
    const made = this.#turn.then(async () => {
      ended.throwIfAborted();
      const startedMs = performance.now();
      const list = this.#list(plan, ended);
      return { list, rest: settled(list).then(() => sleep(performance.now() - startedMs, undefined, { ref: false })) };
    });
    this.#turn = made.then(
      ({ rest }) => rest,
      () => undefined, // no one waited for it any longer
    );
    return await (await made).list;
  }

  async #list(plan: FlowPlan, ended: AbortSignal): Promise<readonly Uint8Array[]> {
    const late = AbortSignal.timeout(this.#options.deadlineMs ?? DEADLINE_MS);
    try {
      const chunks = await listFlows(plan, this.#options, AbortSignal.any([ended, late]));
      this.#trouble.succeeded('flows are listed again');
      return chunks;
    } catch (error) {
      ended.throwIfAborted();
      throw this.#failed(late.aborted ? new FlowsError('the listing of flows took too long', 'ERR_KERNEL') : error);
    }
  }

  /** Returns the error for the client. */
  #failed(error: unknown): unknown {
    const shown = error instanceof ConntrackError || error instanceof NamespaceError ? flowsError(error) : error;
    if (shown instanceof FlowsError && shown.code === 'ERR_KERNEL') {
      const metric = 'tcpinfo_live_requests_total{code="503"}';
      this.#trouble.failed('flows cannot be listed for the live API', { error: shown.message, metric });
    }
    return shown;
  }
}

function flowsError(error: ConntrackError | NamespaceError): FlowsError {
  const code = error.code === 'ERR_INTERRUPTED' ? 'ERR_CHANGED' : 'ERR_KERNEL';
  return new FlowsError(error.message, code, { cause: error });
}

async function settled(promise: Promise<unknown>): Promise<void> {
  await promise.catch(() => undefined); // its caller handles it
}
