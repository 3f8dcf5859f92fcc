import { expect, it } from 'vitest';
import { openArchiveStore } from '../../../archive/store/index.js';
import type { GroupsJson } from '../../../live/wire/index.js';
import { Harness } from '../../live/answers/harness.js';
import { DATABASE, folderOf, WEB } from './written.js';

it('groups of archives have the rate of the time in which one of their connections was open', async () => {
  const later = { ...WEB, uuid: 'host_1_00000000000000A2', start: '2026-11-20T23:30:00Z' };
  const beside = { ...DATABASE, uuid: 'host_1_00000000000000C4' };
  const store = await openArchiveStore([await folderOf(WEB, later, DATABASE, beside)]);
  const harness = new Harness(store);
  const { groups }: GroupsJson = await harness.answer(harness.answers.groups({ by: 'sport', closed: 'true' }));
  const rateOf = (uuid: string): number => store.row(uuid)?.connection.sendThroughputBytesPerSec ?? Number.NaN;
  // One after the other they are as fast as one; at a time, twice as fast.
  expect(groups).toMatchObject([
    { connections: 2, sendThroughputBytesPerSec: expect.closeTo(rateOf(WEB.uuid), 3) },
    { connections: 2, sendThroughputBytesPerSec: expect.closeTo(2 * rateOf(DATABASE.uuid), 3) },
  ]);
  expect(rateOf(WEB.uuid)).toBeGreaterThan(100_000);
});
