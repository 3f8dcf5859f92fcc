// Preloaded by sanitize.mjs into every Node process. A process that loads the addon then collects garbage every 5 ms,
// so that no object survives to which only native code has a pointer.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const PAUSE_MS = 5;
/** Every tenth collection is of the whole heap, the others only of young objects: a full one is slow. */
const FULL_EVERY = 10;

const { dlopen } = process;
let isCollecting = false;

process.dlopen = (module, path, ...rest) => {
  const loaded = dlopen.call(process, module, path, ...rest);
  if (path.endsWith('/netlink.node') && !isCollecting) {
    isCollecting = true;
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    let collections = 0;
    const again = () => {
      if (collections++ % FULL_EVERY === 0) collect();
      else collect({ type: 'minor' });
      setTimeout(again, PAUSE_MS).unref();
    };
    again();
  }
  return loaded;
};
