import type { JSX } from 'preact';
import type {
  AlertInstanceJson,
  AlertRuleJson,
  AlertSilencedJson,
  AlertsJson,
  AlertTransitionJson,
} from '../../live/wire/index.js';
import { formatQuantity, formatThings } from '../../view/chart/index.js';
import { alertChange, alertCounts, alertSubject, alertValue, unitOfRule } from '../../view/rows/index.js';
import { clock } from '../../view/time/index.js';
import { ProblemError } from '../client/index.js';
import { EmptyState, ProblemState, ScrollBox } from '../parts/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';
import './alerts.css';

const EVERY_MS = 1000;
/** Rows of a list. */
const MAX_ROWS = 200;
const SILENCE_SEC = 3600;

/** Rules of alerts, alerts that are not idle, and what began and ended. */
export function AlertsTab({ page }: { readonly page: Page }): JSX.Element {
  const everyMs = page.frozen === undefined ? EVERY_MS : undefined;
  const { value, problem, again } = usePolled<AlertsJson>(page, '/alerts', {}, everyMs);
  if (value === undefined) {
    return (
      <section class="alerts" aria-label="Alerts">
        {problem === undefined ? (
          <EmptyState title="Waiting for the alerts …" />
        ) : (
          <ProblemState problem={problem} onRetry={again} />
        )}
      </section>
    );
  }
  const { rules, instances, instanceCount, history, time } = value;
  return (
    <section class="alerts" aria-label="Alerts">
      <h2>Now</h2>
      {instances.length === 0 ? (
        <p class="faint">No alert fires.</p>
      ) : (
        <Instances page={page} instances={instances} rules={rules} time={time} />
      )}
      {instanceCount > MAX_ROWS ? <p class="faint">{formatThings(instanceCount, 'alert')} in all.</p> : null}
      <h2>Rules</h2>
      {rules.length === 0 ? (
        <EmptyState title="The file has no rules." />
      ) : (
        <Rules page={page} rules={rules} onChange={again} />
      )}
      <h2>History</h2>
      {history.length === 0 ? <p class="faint">Nothing has happened yet.</p> : <History history={history} />}
    </section>
  );
}

interface InstancesProps {
  readonly page: Page;
  readonly instances: readonly AlertInstanceJson[];
  readonly rules: readonly AlertRuleJson[];
  /** Time of the answer, RFC 3339. */
  readonly time: string;
}

function Instances({ page, instances, rules, time }: InstancesProps): JSX.Element {
  return (
    <ScrollBox label="Alerts that are not idle">
      <table class="figures">
        <thead>
          <tr>
            <th>Alert</th>
            <th>State</th>
            <th>Since</th>
            <th class="number">Value</th>
            <th>Of</th>
          </tr>
        </thead>
        <tbody>
          {instances.slice(0, MAX_ROWS).map((instance) => {
            const { name, state, since, value, labels, key, told } = instance;
            const age = formatQuantity(Math.max(0, Date.parse(time) - Date.parse(since)) * 1000, 'duration');
            return (
              <tr key={`${name} ${key ?? JSON.stringify(labels)}`}>
                <td>{name}</td>
                <td class={state === 'pending' ? 'faint' : 'is-bad'}>
                  {state}
                  {state === 'pending' || told ? '' : ' (not told)'}
                </td>
                <td>{age}</td>
                <td class="number">{alertValue(value, unitOfRule(rules, name))}</td>
                <td>
                  {key === null ? (
                    alertSubject(labels)
                  ) : (
                    <button type="button" class="link" onClick={() => page.go({ tab: 'connections', key })}>
                      {alertSubject(labels)}
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollBox>
  );
}

interface RulesProps {
  readonly page: Page;
  readonly rules: readonly AlertRuleJson[];
  readonly onChange: () => void;
}

function Rules({ page, rules, onChange }: RulesProps): JSX.Element {
  const isReadOnly = page.status?.readOnly === true;
  const silence = async (name: string, forSec: number): Promise<void> => {
    try {
      const path = `/alerts/${encodeURIComponent(name)}/silence`;
      const { silencedUntil } = await page.api.post<AlertSilencedJson>(path, { forSec });
      page.say(silencedUntil === null ? `${name} is told again.` : `${name} is silenced for an hour.`);
      onChange();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      page.say(error.message);
    }
  };
  return (
    <ScrollBox label="Rules">
      <table class="figures">
        <thead>
          <tr>
            <th>Rule</th>
            <th>Severity</th>
            <th>Now</th>
            <th>When</th>
            <th>Silence</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.name}>
              <td>{rule.name}</td>
              <td>{rule.severity}</td>
              <td class={rule.firing + rule.recovering > 0 ? 'is-bad' : 'faint'}>{alertCounts(rule)}</td>
              <td>
                <code>{rule.when}</code>
                {rule.description === null ? null : <div class="faint">{rule.description}</div>}
              </td>
              <td>
                {rule.silencedUntil === null ? '' : `until ${clock(rule.silencedUntil, 'local')} `}
                {isReadOnly ? null : (
                  <button
                    type="button"
                    class="button"
                    aria-label={`${silenceText(rule)}: ${rule.name}`}
                    onClick={() => void silence(rule.name, rule.silencedUntil === null ? SILENCE_SEC : 0)}
                  >
                    {silenceText(rule)}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function silenceText({ silencedUntil }: AlertRuleJson): string {
  return silencedUntil === null ? 'Silence 1 h' : 'Tell again';
}

function History({ history }: { readonly history: readonly AlertTransitionJson[] }): JSX.Element {
  return (
    <ScrollBox label="History">
      <table class="figures">
        <thead>
          <tr>
            <th>Time</th>
            <th>Alert</th>
            <th>What</th>
            <th class="number">Value</th>
            <th class="number">Worst</th>
            <th>Of</th>
          </tr>
        </thead>
        <tbody>
          {history.slice(0, MAX_ROWS).map((transition) => (
            <tr key={transition.seq}>
              <td>{clock(transition.time, 'local')}</td>
              <td>{transition.name}</td>
              <td>{alertChange(transition)}</td>
              <td class="number">{alertValue(transition.value, transition.unit)}</td>
              <td class="number">
                {transition.state === 'firing' ? '' : alertValue(transition.worst, transition.unit)}
              </td>
              <td>{alertSubject(transition.labels)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
