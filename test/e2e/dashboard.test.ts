import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { filledIn, readDashboard } from '../monitoring/dashboard.js';
import { Scene } from '../monitoring/scene.js';
import { haveLab, it } from '../support/lab.js';
import { havePrograms } from '../support/programs.js';
import { until } from '../support/waiting.js';

/** Query interval and range, as Grafana would choose them for four scrapes. */
const TIMES = { interval: '4s', range: '1m' };

/** Queries without series on a healthy collector, and the reason. */
const EMPTY_WHEN_WELL = new Map([
  ['lost: {{reason}}', 'only causes by which records were lost are drawn'],
  ['missing {{missing}}', 'only reasons for which exchanges are not whole are drawn'],
]);

/** Folder for pictures of the rows, to be looked at; none by default. */
const PICTURES = process.env['DASHBOARD_PICTURES'];
const MINUTES = Number(process.env['DASHBOARD_MINUTES'] ?? 6);

const HAVE_ALL = haveLab('the dashboard') && havePrograms('the dashboard', 'prometheus', 'tc', 'python3');

describe.skipIf(!HAVE_ALL)('the dashboard and the rules, for a busy collector', () => {
  it('have data for every query', async ({ lab }) => {
    const started = await Scene.start(lab);
    await using scene = started.scene;
    const value = async (expression: string): Promise<number[]> =>
      (await scene.query(expression)).map((found) => Number(found.value[1])).filter((each) => !Number.isNaN(each));

    const silent = new Map<string, string>();
    for (const { title, targets = [] } of readDashboard().panels) {
      for (const { expr, legendFormat } of targets) {
        silent.set(`${title}: ${legendFormat}`, filledIn(expr, TIMES));
        if (EMPTY_WHEN_WELL.has(legendFormat)) {
          expect(await value(filledIn(expr, TIMES)), `${title}: ${legendFormat}`).toEqual([]);
          silent.delete(`${title}: ${legendFormat}`);
        }
      }
    }
    expect(silent.size).toBeGreaterThan(50);
    await until('series of every query', async () => {
      for (const [name, expression] of silent) {
        if ((await value(expression)).length > 0) silent.delete(name);
      }
      return silent.size === 0;
    }).catch((error: unknown) => {
      throw new Error(`no series for ${JSON.stringify([...silent], undefined, 1)}`, { cause: error });
    });

    const has = async (expression: string, condition: (value: number) => boolean): Promise<void> => {
      await until(expression, async () => (await value(expression)).some(condition));
    };
    // The path has an RTT of 20 ms, and its queue adds up to a third of a second.
    await has('sum(tcpinfo_network_connections{state="close_wait"})', (count) => count >= 5);
    await has('sum(tcpinfo_network_connections{state="syn_sent"})', (count) => count >= 3);
    await has('tcpinfo_listener_accept_queue_fill_ratio{port="8000"}', (ratio) => ratio >= 1);
    await has('sum(tcpinfo_network_connections{family="ipv6"})', (count) => count >= 1);
    await has(
      'instance_port_group_side:tcpinfo_network_queueing_delay_seconds:mean5m{port_group="5000-5010"}',
      (seconds) => seconds > 0.02 && seconds < 1,
    );
    await has(
      'instance_port_group_side:tcpinfo_network_min_rtt_seconds:mean5m{port_group="443"}',
      (seconds) => seconds > 0.015 && seconds < 0.4,
    );
    await has(
      'instance_port_group_side:tcpinfo_network_retransmitted_bytes:ratio_rate5m{port_group="5000-5010"}',
      (share) => share > 0.0005 && share < 0.2,
    );
    // A slow reader, a small send buffer, and the path, whose cause depends on the machine's congestion control.
    for (const by of ['rwnd', 'sndbuf', 'cwnd|loss|pacing']) {
      await has(
        `sum(instance_port_group_side_by:tcpinfo_network_limited_seconds:ratio_rate5m{port_group="5000-5010",side="local",by=~"${by}"})`,
        (share) => share > 0.02 && share < 1,
      );
    }
    await has('tcpinfo_ephemeral_ports_used_to_busiest_destination', (count) => count >= 40);

    // Every rule was evaluated without an error.
    const { groups } = (await scene.ask('rules')) as {
      groups: { rules: { name: string; health: string; lastError?: string }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(40);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);

    // Values of the dashboard's variables.
    for (const { type, definition = '' } of readDashboard().templating.list) {
      if (type !== 'query') continue;
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(filledIn(definition, TIMES)) ?? [];
      const values = await scene.ask(`label/${label}/values?match[]=${encodeURIComponent(selector)}`);
      expect((values as string[]).length, definition).toBeGreaterThan(0);
    }
    for (const { expr } of readDashboard().annotations.list) await scene.query(filledIn(expr, TIMES));
  });

  // DASHBOARD_PICTURES=folder [DASHBOARD_MINUTES=6] npx vitest run --project e2e test/e2e/dashboard.test.ts
  it.skipIf(PICTURES === undefined)('are drawn into pictures', { timeout: 3_600_000 }, async ({ lab }) => {
    const { scene } = await Scene.start(lab);
    await using _scene = scene;
    await sleep(MINUTES * 60_000);
    process.stderr.write(await scene.draw(PICTURES ?? '', MINUTES));
  });
});
