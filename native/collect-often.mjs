// Preloaded by sanitize.mjs into every Node process: one that loads the addon collects its garbage without end from then
// on, with a pause of 5 ms, so that nothing survives that only native code knows of.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const PAUSE_MS = 5;
/** One in so many collections is of the whole heap, the others of what is young: a slow machine would do nothing else. */
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
