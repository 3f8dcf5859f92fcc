import type { JSX } from 'preact';
import type { NetworkJson, TcpCountersJson } from '../../live/wire/index.js';
import { formatCount } from '../../view/chart/index.js';
import { ScrollBox } from '../parts/index.js';
import { budgetsOf, COUNTERS, type Growth, PART_NAMES, pressureOf, shareOf } from './budgets.js';
import { Meter } from './meter.js';

/** Returns why a part is unknown. */
export function reasonOf(unknown: NetworkJson['unknown'], part: NetworkJson['unknown'][number]['part']): string {
  return unknown.find((each) => each.part === part)?.reason ?? 'the collector does not say why';
}

/** Limits of the machine, with their use. */
export function Budgets({ network }: { readonly network: NetworkJson }): JSX.Element {
  return (
    <section class="network-part" aria-label="Limits">
      <h2>Limits</h2>
      <ul class="budgets">
        {budgetsOf(network).map((budget) => {
          const share = shareOf(budget);
          return (
            <li key={budget.name}>
              <span class="budget-name">{budget.name}</span>
              <Meter share={share} text={budget.text} />
              {pressureOf(share) === 'fine' ? null : <p class="advice">{budget.advice}</p>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Counters of the kernel, with their growth per second. */
export function Counters({
  counters,
  growth,
}: {
  readonly counters: TcpCountersJson;
  readonly growth: Growth | undefined;
}): JSX.Element {
  const known = COUNTERS.filter(([name]) => counters[name] !== undefined);
  return (
    <section class="network-part" aria-label="Counters of the kernel">
      <h2>
        Counters of the kernel <span class="faint">since the network namespace exists, as nstat -a prints them</span>
      </h2>
      <ScrollBox label="Table of counters">
        <table class="figures counters">
          <thead>
            <tr>
              <th>Counter</th>
              <th class="number">In all</th>
              <th class="number">Now</th>
            </tr>
          </thead>
          <tbody>
            {known.map(([name, meaning]) => (
              <tr key={name}>
                <td>{meaning}</td>
                <td class="number">{formatCount(counters[name] ?? 0)}</td>
                <td class="number">{growthText(growth?.[name])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function growthText(perSecond: number | undefined): string {
  if (perSecond === undefined) return '–';
  if (perSecond === 0) return '0';
  return perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${formatCount(Math.round(perSecond))}/s`;
}

/** List of what is unknown, and why. */
export function Unknown({ unknown }: Pick<NetworkJson, 'unknown'>): JSX.Element | null {
  if (unknown.length === 0) return null;
  return (
    <section class="network-part" aria-label="Unknown">
      <h2>Unknown here</h2>
      <dl class="unknown">
        {unknown.map(({ part, reason }) => (
          <div key={part}>
            <dt>{PART_NAMES[part]}</dt>
            <dd class="faint">{reason}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
