import type { AlertAnswering } from '../../answers/index.js';
import type { Reply } from '../../http/index.js';
import type { AlertSilencedJson } from '../../wire/index.js';
import { bodyError, bodyObject } from '../body.js';
import { type ApiContext, type ApiRequest, type ApiRoute, jsonAnswer } from '../context.js';
import { ProblemError } from '../problem.js';

const NOT_FOUND = 404;
/** Longest silence: 30 days. */
const MAX_SILENCE_SEC = 30 * 86_400;

/** Routes for alerts. */
export const ALERT_ROUTES: readonly ApiRoute[] = [
  {
    path: '/alerts',
    summary: 'Rules of alerts, alerts that are not idle, and the last 1,000 transitions',
    parameters: [],
    answers: [{ type: 'application/json', schema: 'AlertsJson', description: 'Alerts' }],
    errors: [NOT_FOUND],
    handle: (_, context) => jsonAnswer(alertsOf(context).json()),
  },
  {
    path: '/alerts/{id}/silence',
    summary: 'Silences a rule for a while',
    id: 'Name of a rule.',
    parameters: [],
    body: { schema: 'AlertSilenceJson', description: 'Seconds; 0 ends the silence' },
    answers: [{ type: 'application/json', schema: 'AlertSilencedJson', description: 'End of the silence' }],
    handle: silence,
  },
];

/** Returns the answers about alerts. @throws ProblemError without */
function alertsOf({ alerts }: ApiContext): AlertAnswering {
  if (alerts !== undefined) return alerts;
  throw new ProblemError(NOT_FOUND, 'ERR_NO_ALERTS', 'there are no alerts: start the collector with -alerts');
}

async function silence({ id: name, exchange }: ApiRequest, context: ApiContext): Promise<Reply> {
  const alerts = alertsOf(context);
  const { forSec } = await bodyObject(exchange, ['forSec']);
  if (typeof forSec !== 'number' || !Number.isInteger(forSec) || forSec < 0 || forSec > MAX_SILENCE_SEC) {
    throw bodyError(`forSec: expected a whole number of seconds from 0 to ${MAX_SILENCE_SEC}`);
  }
  const silencedUntil = alerts.silence(name, forSec);
  if (silencedUntil === undefined) {
    throw new ProblemError(NOT_FOUND, 'ERR_NO_ALERT', 'the file of rules has no rule of this name');
  }
  context.log.info('alert silenced', { name, for_s: forSec, side: exchange.side });
  const json: AlertSilencedJson = { name, silencedUntil };
  return jsonAnswer(json);
}
