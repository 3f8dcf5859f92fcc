import { resolve } from 'node:path';
import type { AlertsConfig, AlertsSettings, Daemon } from '../../daemon/index.js';
import type { AlertRule } from '../../live/alerts/rules/index.js';
import type { Logger } from '../../log/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseGoBoolean } from '../flags/go-args.js';
import { accept, type Value } from './flag-value.js';
import type { GivenValues } from './live-config.js';

/** Flags that have no effect without rules. */
const OTHERS = ['alerts.events', 'alerts.webhook', 'alerts.webhook-token-file'] as const;

/**
 * Returns the configuration of alerts; undefined without `-alerts`.
 * @param eventSocket path of the event socket; undefined without
 * @throws ConfigError, also for a channel without rules, and for events without their socket
 */
export function alertsConfig(
  given: GivenValues,
  cwd: string,
  eventSocket: string | undefined,
): AlertsConfig | undefined {
  const file = path(given.one('alerts'), cwd);
  if (file === undefined) {
    for (const name of OTHERS) {
      const value = given.all(name).at(-1);
      // Files of variables have all flags, most with their defaults.
      const isOff = value === undefined || value.text === '' || parseGoBoolean(value.text) === false;
      if (!isOff) throw new ConfigError(value.origin, 'there are no alerts: give their rules with -alerts');
    }
    return undefined;
  }
  const events = given.one('alerts.events');
  const toEvents = accept(events, parseGoBoolean, 'true or false');
  if (toEvents && eventSocket === undefined) {
    throw new ConfigError(events.origin, 'there is no event socket: give one with -tcpinfo.eventsocket');
  }
  const webhookValue = given.one('alerts.webhook');
  const webhook =
    webhookValue.text === ''
      ? undefined
      : accept(
          webhookValue,
          parseUrl,
          'an address such as http://127.0.0.1:9093/api/v2/alerts, without user and password',
        );
  const tokenValue = given.one('alerts.webhook-token-file');
  const tokenFile = path(tokenValue, cwd);
  if (tokenFile !== undefined && webhook === undefined) {
    throw new ConfigError(tokenValue.origin, 'there is no webhook: give its address with -alerts.webhook');
  }
  return {
    ...{ file, toEvents },
    ...(webhook === undefined ? {} : { webhook }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}

function path({ text, origin }: Value, cwd: string): string | undefined {
  if (text.includes('\0')) throw new ConfigError(origin, 'a path cannot hold a NUL byte');
  return text === '' ? undefined : resolve(cwd, text);
}

function parseUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  // Flags are seen by other users: secrets are for files.
  return isHttp && url.username === '' && url.password === '' ? url : undefined;
}

/**
 * Reads rules and token, before anything is opened.
 * @throws ConfigError if one cannot be read; AlertRulesError with all mistakes of the rules
 */
export async function readAlerts({ file, tokenFile }: AlertsConfig): Promise<AlertsSettings> {
  const rules = await readRules(file);
  if (tokenFile === undefined) return { rules };
  const { readToken, TokenError } = await import('../../live/api/index.js');
  try {
    return { rules, token: readToken(tokenFile) };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw new ConfigError(`-alerts.webhook-token-file=${tokenFile}`, error.message, { cause: error });
  }
}

async function readRules(file: string): Promise<readonly AlertRule[]> {
  const { AlertsFileError, readAlertRules } = await import('./alerts-file.js');
  try {
    return readAlertRules(file);
  } catch (error) {
    if (!(error instanceof AlertsFileError)) throw error;
    throw new ConfigError(`-alerts=${file}`, error.message, { cause: error });
  }
}

/** Reads the rules again, and passes them on. A file that cannot be used changes nothing, and the log says why. */
export async function reloadAlerts(
  { file }: AlertsConfig,
  daemon: Pick<Daemon, 'reloadAlerts'>,
  log: Logger,
): Promise<void> {
  try {
    const rules = await readRules(file);
    log.info('rules of alerts reloaded', { ...daemon.reloadAlerts(rules) });
  } catch (error) {
    if (!(error instanceof Error) || !isAlertsError(error)) throw error;
    log.error('reload of alerts refused, nothing has changed', { error: error.message });
  }
}

/** True for the mistakes of rules. By their names: their classes are loaded only with rules. */
export function isAlertsError(error: unknown): error is Error {
  return error instanceof Error && REFUSALS.includes(error.name);
}

const REFUSALS: readonly string[] = ['ConfigError', 'AlertRulesError', 'AlertRequirementsError'];
