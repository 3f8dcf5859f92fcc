import type { Logger } from '../../../log/index.js';
import type { AlertMetrics } from '../../../metrics/index.js';
import type { AlertNotice, Channel, Notice } from '../index.js';
import { postedAlert, webhookBody } from './alertmanager.js';
import { NoticeQueue } from './notice-queue.js';
import { post } from './post.js';

/** Options of {@link WebhookChannel}. */
export interface WebhookChannelOptions {
  readonly url: URL;
  /** Text after `Authorization: Bearer`; undefined: none. */
  readonly token?: string | undefined;
  /** Name of the machine, for the label `instance`. */
  readonly host: string;
  readonly metrics: Pick<AlertMetrics, 'told'>;
  readonly log: Logger;
  /** Times, for tests (default: those of the documentation). */
  readonly times?: Partial<WebhookTimes>;
}

/** Times of a webhook, milliseconds. */
export interface WebhookTimes {
  /** Pause after the first failure; it doubles with each. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Time after which a message is given up. */
  readonly giveUpMs: number;
  /** Least time between two requests. */
  readonly paceMs: number;
  /** Interval at which an Alertmanager gets alerts that still fire. */
  readonly repeatMs: number;
  /** Time for what waits at the end. */
  readonly closeMs: number;
}

const TIMES: WebhookTimes = {
  firstRetryMs: 1000,
  lastRetryMs: 60_000,
  giveUpMs: 600_000,
  paceMs: 100,
  repeatMs: 60_000,
  closeMs: 2000,
};

/** Alerts in one request. */
const MAX_TOGETHER = 20;
/** Intervals after which an Alertmanager takes an alert to have ended if it does not come again. */
const REPEATS_MISSED = 4;
/** Path of the API on which an Alertmanager takes alerts. */
const ALERTMANAGER_PATH = /\/api\/v2\/alerts\/?$/;

/** Outcome of a delivery. */
type Outcome = 'sent' | 'failed' | 'closed';

/**
 * Channel of a webhook: POST in the shape that Alertmanager sends to its receivers, version 4, or, for an address that
 * ends with `/api/v2/alerts`, in the one in which an Alertmanager takes alerts. That one forgets alerts that do not come
 * again: those that fire are sent each minute.
 */
export class WebhookChannel implements Channel {
  readonly #options: WebhookChannelOptions;
  readonly #times: WebhookTimes;
  readonly #queue: NoticeQueue;
  readonly #closing = new AbortController();
  readonly #isAlertmanager: boolean;
  /** Alerts that fire, as they were told, by firing; only for an Alertmanager. */
  readonly #firing = new Map<number, AlertNotice>();
  readonly #repeat: NodeJS.Timeout | undefined;
  #isFailing = false;
  #isRepeatDue = false;
  #running: Promise<void> | undefined;
  #closeAtMs = Number.POSITIVE_INFINITY;
  /** Ends the pause of a retry. */
  #wake: (() => void) | undefined;

  constructor(options: WebhookChannelOptions) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#queue = new NoticeQueue((count) => options.metrics.told('webhook', 'lost', count));
    this.#isAlertmanager = ALERTMANAGER_PATH.test(options.url.pathname);
    if (!this.#isAlertmanager) return;
    this.#repeat = setInterval(() => {
      this.#isRepeatDue = this.#firing.size > 0;
      this.#begin();
    }, this.#times.repeatMs).unref();
  }

  tell(notice: Notice): void {
    // An Alertmanager knows no alert that is only a number.
    if (notice.kind === 'more' && this.#isAlertmanager) return;
    this.#queue.push(notice);
    this.#begin();
  }

  /** Tries for a moment to send what waits, and stops. What is left counts as lost. */
  async close(): Promise<void> {
    clearInterval(this.#repeat);
    this.#closeAtMs = performance.now() + this.#times.closeMs;
    const timer = setTimeout(() => this.#closing.abort(), this.#times.closeMs);
    this.#wake?.();
    await this.#running;
    clearTimeout(timer);
    this.#options.metrics.told('webhook', 'lost', this.#queue.size);
  }

  #begin(): void {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#options.log.error('webhook of alerts failed', { error: String(error) }))
      .finally(() => {
        this.#running = undefined;
        if (this.#queue.size > 0 && !this.#closing.signal.aborted) this.#begin();
      });
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      if (this.#queue.size > 0) await this.#deliver(this.#queue.takeTogether(MAX_TOGETHER));
      else if (this.#isRepeatDue) await this.#sendAgain();
      else return;
      await this.#pause(this.#times.paceMs);
    }
  }

  /** Sends messages, again and again until they are taken or given up. */
  async #deliver(notices: readonly Notice[]): Promise<void> {
    const { metrics } = this.#options;
    const outcome = await this.#tryLong(() => this.#bodyOf(notices));
    metrics.told('webhook', outcome === 'sent' ? 'sent' : outcome === 'closed' ? 'lost' : 'failed', notices.length);
    if (!this.#isAlertmanager) return;
    for (const notice of notices) {
      if (notice.kind === 'more') continue;
      if (notice.kind === 'firing') this.#firing.set(notice.firing, notice);
      else this.#firing.delete(notice.firing);
    }
  }

  /** Sends the alerts that fire again. A failure waits for the next time. */
  async #sendAgain(): Promise<void> {
    this.#isRepeatDue = false;
    const all = [...this.#firing.values()];
    for (let at = 0; at < all.length; at += MAX_TOGETHER)
      await this.#try(this.#bodyOf(all.slice(at, at + MAX_TOGETHER)));
  }

  async #tryLong(body: () => string): Promise<Outcome> {
    const { firstRetryMs, lastRetryMs, giveUpMs } = this.#times;
    const untilMs = performance.now() + giveUpMs;
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(lastRetryMs, 2 * retryMs)) {
      const answer = await this.#try(body());
      if (answer !== 'again') return answer;
      if (this.#closing.signal.aborted || performance.now() + retryMs > this.#closeAtMs) return 'closed';
      if (performance.now() + retryMs > untilMs) return 'failed';
      await this.#pause(retryMs);
    }
  }

  async #try(body: string): Promise<'sent' | 'failed' | 'again'> {
    const { url, token } = this.#options;
    try {
      const status = await post({ url, body, token, signal: this.#closing.signal });
      if (status >= 200 && status < 300) {
        this.#recovered();
        return 'sent';
      }
      this.#failed(`status ${status}`);
      const isTemporary = status >= 500 || status === 408 || status === 429;
      return isTemporary ? 'again' : 'failed';
    } catch (error) {
      this.#failed(String(error));
      return 'again';
    }
  }

  #bodyOf(notices: readonly Notice[]): string {
    const { host } = this.#options;
    if (!this.#isAlertmanager) return webhookBody(notices, host);
    const firesUntilUs = 1000 * (Date.now() + REPEATS_MISSED * this.#times.repeatMs);
    const alerts = notices.flatMap((notice) =>
      notice.kind === 'more' ? [] : [postedAlert(notice, host, firesUntilUs)],
    );
    return JSON.stringify(alerts);
  }

  #failed(reason: string): void {
    if (this.#isFailing || this.#closing.signal.aborted) return;
    this.#isFailing = true;
    const { url, log } = this.#options;
    // Path and query may be secrets.
    const metric = 'tcpinfo_alert_notifications_total{channel="webhook"}';
    log.warn('webhook of alerts does not take them', { origin: url.origin, reason, metric });
  }

  #recovered(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#options.log.info('webhook of alerts takes them again', { origin: this.#options.url.origin });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const wake = (): void => done();
      this.#wake = wake;
      this.#closing.signal.addEventListener('abort', done, { once: true });
      const { signal } = this.#closing;
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}
