import { useEffect, useRef, useState } from 'preact/hooks';
import type { Page } from '../state/index.js';
import { ConnectionWatch } from './connection-watch.js';

/** Follows a connection while it is shown. Undefined only before the first effect. */
export function useConnection({ api, frozen, status }: Page, id: string): ConnectionWatch | undefined {
  const isArchive = status?.mode === 'archive';
  const [, setVersion] = useState(0);
  const watch = useRef<ConnectionWatch>(undefined);
  useEffect(() => {
    const made = new ConnectionWatch({
      api,
      id,
      frozenUs: frozen?.timeUs,
      frozenRow: frozen?.rows.get(id),
      isArchive,
      onChange: () => setVersion((version) => version + 1),
    });
    watch.current = made;
    setVersion((version) => version + 1);
    return () => {
      watch.current = undefined;
      made.stop();
    };
  }, [api, id, frozen, isArchive]);
  return watch.current;
}
