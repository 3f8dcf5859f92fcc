import { describe, expect, it } from 'vitest';
import { PodNames } from '../../../host/processes/pod-names.js';

const ID = 'ab'.repeat(32);
const UID = '7d8a1f52-0c1b-4a5e-9f63-1d2c3b4a5968';

/** Returns names from folders, by path. A missing one is an error, as in the system. */
const named = (folders: Readonly<Record<string, readonly string[]>>): PodNames =>
  new PodNames('/host', async (path) => {
    const names = folders[path];
    if (names === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return names;
  });

const LOGS = { '/host/var/log/pods': [`shop_web-5d8f_${UID}`, 'x', '_b_c', 'a_b_c_d'] };

describe('the names of pods', () => {
  it('are those of the folders of their logs', async () => {
    const names = named({
      ...LOGS,
      '/host/var/log/containers': ['x.log', `web-5d8f_shop_front-end-${ID}.log`],
    });
    expect(await names.find([{ uid: UID, containerId: ID }])).toEqual([
      { uid: UID, name: 'web-5d8f', namespace: 'shop', container: 'front-end' },
    ]);
  });

  it('include the container of a pod that has only one', async () => {
    const folder = `/host/var/log/pods/shop_web-5d8f_${UID}`;
    const one = named({ ...LOGS, [folder]: ['only'] });
    expect((await one.find([{ uid: UID, containerId: null }]))[0]?.container).toBe('only');
    const two = named({ ...LOGS, [folder]: ['a', 'b'] });
    expect((await two.find([{ uid: UID, containerId: ID }]))[0]?.container).toBeNull();
  });

  it('are null where the folders are missing, or do not name the pod', async () => {
    const unnamed = { uid: UID, name: null, namespace: null, container: null };
    expect(await named({}).find([{ uid: UID, containerId: ID }])).toEqual([unnamed]);
    const others = named({ '/host/var/log/pods': ['a_b_other'], '/host/var/log/containers': [] });
    expect(await others.find([{ uid: UID, containerId: ID }])).toEqual([unnamed]);
  });
});
