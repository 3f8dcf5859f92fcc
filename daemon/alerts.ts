import { hostname } from 'node:os';
import type { PacedChannel, WebhookChannel } from '../live/alerts/channels/index.js';
import type { AlertActions, AlertEngine, Channel, HttpSource } from '../live/alerts/index.js';
import type { AlertRule, ChannelName } from '../live/alerts/rules/index.js';
import type { AlertAnswering } from '../live/answers/index.js';
import type { EventServer } from '../live/eventsocket/index.js';
import type { LiveStore } from '../live/store/index.js';
import type { Logger } from '../log/index.js';
import type { AlertMetrics } from '../metrics/index.js';
import type { Config } from './config.js';

/** Rules and token of the webhook, as their files have them. */
export interface AlertsSettings {
  readonly rules: readonly AlertRule[];
  /** Absent without a token. */
  readonly token?: string;
}

/** Functions of alerts. */
export interface LoadedAlerts {
  /** Absent without `-alerts`. */
  readonly alerts?: {
    readonly settings: AlertsSettings;
    readonly module: typeof import('../live/alerts/index.js');
    readonly rules: typeof import('../live/alerts/rules/index.js');
    readonly channels: typeof import('../live/alerts/channels/index.js');
  };
}

/** Loads the functions of alerts; none without `-alerts`. */
export async function loadAlerts(settings: AlertsSettings | undefined): Promise<LoadedAlerts> {
  if (settings === undefined) return {};
  return {
    alerts: {
      settings,
      module: await import('../live/alerts/index.js'),
      rules: await import('../live/alerts/rules/index.js'),
      channels: await import('../live/alerts/channels/index.js'),
    },
  };
}

/** Options of {@link Alerts}. */
export interface AlertsOptions {
  readonly config: Config;
  readonly loaded: NonNullable<LoadedAlerts['alerts']>;
  readonly metrics: AlertMetrics;
  readonly log: Logger;
  /** HTTP; absent if it is not read. */
  readonly http?: HttpSource | undefined;
  /** Actions that alerts can begin. */
  readonly actions?: AlertActions;
  /** True if processes are looked up. */
  readonly hasProcesses: boolean;
}

/** Numbers of rules after their file was read again. */
export interface ReloadedAlerts {
  readonly rules: number;
  readonly added: number;
  readonly removed: number;
}

/** Alerts of the daemon: rules over its store, and the channels on which they are told. */
export class Alerts {
  readonly #options: AlertsOptions;
  #engine: AlertEngine | undefined;
  readonly #paced: PacedChannel[] = [];
  #webhook: WebhookChannel | undefined;
  #isRefusalLogged = false;

  /** @throws an Error named `AlertRequirementsError` for rules that need what the daemon does not have */
  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#require(options.loaded.settings.rules);
  }

  /** Begins to look at a store after each of its seconds. */
  attach(store: LiveStore, eventServer: EventServer | undefined): AlertAnswering {
    const { loaded, http, actions, log, metrics } = this.#options;
    const fault = (error: unknown): void => log.error('evaluation of alerts failed', { error: String(error) });
    const engine = new loaded.module.AlertEngine({
      rules: loaded.settings.rules,
      source: store,
      ...(http === undefined ? {} : { http }),
      channels: this.#channels(eventServer),
      ...(actions === undefined ? {} : { actions }),
      elapsedMs: () => performance.now(),
      onRefused: (count) => this.#refused(count),
      onFault: fault,
    });
    this.#engine = engine;
    store.onGeneration(() => void engine.evaluate());
    metrics.counts.by(() => engine.counts());
    return engine;
  }

  /**
   * Replaces the rules.
   * @throws an Error named `AlertRequirementsError`; then nothing has changed
   */
  reload(rules: readonly AlertRule[]): ReloadedAlerts {
    this.#require(rules);
    const reloaded = this.#engine?.replace(rules);
    return reloaded ?? { rules: rules.length, added: 0, removed: 0 };
  }

  /** Ends all alerts, because the collector stops; call it while the channels still work. */
  stop(): void {
    this.#engine?.stop();
    for (const channel of this.#paced) channel.close();
  }

  /** Tries for a moment to send what the webhook has not taken yet. */
  async close(): Promise<void> {
    await this.#webhook?.close();
  }

  #channels(eventServer: EventServer | undefined): ReadonlyMap<ChannelName, Channel> {
    const { config, loaded, metrics, log } = this.#options;
    const { logChannel, eventChannel, WebhookChannel } = loaded.channels;
    const { alerts } = config;
    const channels = new Map<ChannelName, Channel>();
    const paced = [['log', logChannel(log, metrics)] as const];
    const events =
      eventServer === undefined || alerts?.toEvents !== true
        ? []
        : [['events', eventChannel(eventServer, metrics)] as const];
    for (const [name, channel] of [...paced, ...events]) {
      this.#paced.push(channel);
      channels.set(name, channel);
    }
    if (alerts?.webhook === undefined) return channels;
    const { token } = loaded.settings;
    this.#webhook = new WebhookChannel({ url: alerts.webhook, token, host: hostname(), metrics, log });
    return channels.set('webhook', this.#webhook);
  }

  #require(rules: readonly AlertRule[]): void {
    const { config, loaded, http, actions, hasProcesses, log } = this.#options;
    const { toEvents = false, webhook } = config.alerts ?? {};
    const given = [
      ...(toEvents ? (['events'] as const) : []),
      ...(webhook === undefined ? [] : (['webhook'] as const)),
    ];
    loaded.rules.requireEquipment(rules, {
      channels: ['log', ...given],
      hasHttp: http !== undefined,
      hasRecorder: actions?.record !== undefined,
      hasWatches: actions?.watch !== undefined,
    });
    const blind = hasProcesses ? [] : rules.filter(({ usesOwners }) => usesOwners);
    if (blind.length > 0) {
      const names = blind.map(({ name }) => name).join(', ');
      log.warn('rules read processes or cgroups, which are not looked up: start with -process=proc', { rules: names });
    }
  }

  #refused(count: number): void {
    const { metrics, log } = this.#options;
    metrics.refused.inc(count);
    if (this.#isRefusalLogged) return;
    this.#isRefusalLogged = true;
    log.warn('too many connections or groups have an alert; more are only counted', {
      metric: 'tcpinfo_alerts_refused_total',
    });
  }
}
