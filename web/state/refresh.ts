import type { FieldsJson, OverviewJson, StatusJson } from '../../live/wire/index.js';
import { type ApiClient, ProblemError, type Visibility } from '../client/index.js';
import type { Optional, PageState } from './page-state.js';

const TICK_MS = 1000;
/** Ticks between two requests of the status. */
const STATUS_TICKS = 5;
/** Window of the overview besides the time between requests: parts that have all before it need no other request. */
const WINDOW_SEC = 10;

/** Options of {@link Refresh}. */
export interface RefreshOptions {
  readonly api: ApiClient;
  readonly state: PageState;
  readonly visibility: Visibility;
}

/**
 * Keeps status, fields and the last second up to date: asks for all until the collector answers, then for the last
 * second once a second, or as seldom as the user has chosen, and for the status every 5 s. It asks for nothing while the
 * page is hidden.
 */
export class Refresh {
  readonly #options: RefreshOptions;
  #ticks = 0;
  /** Ticks since the beginning, and at the last request for the last seconds. */
  #tickCount = 0;
  #secondsAt: number | undefined;
  #isAsking = false;
  /** Last status, to notice another collector. */
  #status: StatusJson | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #unwatch: () => void;

  constructor(options: RefreshOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
    this.#unwatch = options.visibility.onChange(() => void this.now());
    void this.#tick();
  }

  /** Asks for everything at once, e.g. with a new token. */
  async now(): Promise<void> {
    this.#ticks = 0;
    this.#secondsAt = undefined;
    await this.#tick();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unwatch();
  }

  async #tick(): Promise<void> {
    const { visibility, state } = this.#options;
    this.#tickCount++;
    // Without the right token each request would count as a guess.
    if (this.#isAsking || visibility.isHidden || (state.shell.access !== 'granted' && this.#ticks > 0)) return;
    this.#isAsking = true;
    try {
      await this.#ask(this.#ticks++ % STATUS_TICKS === 0);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      // Losses and a wrong token are reported by the client. Others, such as too many clients, may go by.
      const isShown = error.status !== 0 && state.shell.access === 'granted';
      state.take({ refused: isShown ? error.problem : undefined });
    } finally {
      this.#isAsking = false;
    }
  }

  async #ask(withStatus: boolean): Promise<void> {
    const { api, state } = this.#options;
    if (withStatus || state.shell.lost !== undefined || this.#status === undefined) {
      const status = await api.get<StatusJson>('/status');
      const isOther = this.#status === undefined || status.uptimeUs < this.#status.uptimeUs;
      if (isOther) {
        const [fields, optional] = await Promise.all([api.get<FieldsJson>('/fields'), this.#optional()]);
        if (this.#status !== undefined && this.#status.version !== status.version) {
          state.say(`The collector is version ${status.version} now: load the page again.`);
        }
        state.take({ fields, status, optional, refused: undefined });
      } else state.take({ status });
      this.#status = status;
    }
    if (this.#status?.mode === 'archive' || state.shell.page?.frozen !== undefined) return;
    const everyTicks = Math.max(1, Math.round(state.shell.choices.everyMs / TICK_MS));
    // The first one comes at once; while the collector is lost, each tick tries.
    if (
      state.shell.lost === undefined &&
      this.#secondsAt !== undefined &&
      this.#tickCount - this.#secondsAt < everyTicks
    )
      return;
    this.#secondsAt = this.#tickCount;
    state.take({ seconds: await api.get<OverviewJson>('/overview', { window: `${WINDOW_SEC + everyTicks}s` }) });
  }

  async #optional(): Promise<Optional> {
    const { api } = this.#options;
    const exists = async (path: string, parameters = {}): Promise<boolean> => {
      try {
        await api.get(path, parameters);
        return true;
      } catch (error) {
        if (error instanceof ProblemError && !error.isTemporary) return false;
        throw error;
      }
    };
    const [http, services] = await Promise.all([exists('/http', { limit: 1 }), exists('/services')]);
    return { http, services };
  }
}
