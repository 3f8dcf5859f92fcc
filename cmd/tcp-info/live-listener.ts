import { resolve } from 'node:path';
import type { LiveListener } from '../../live/api/index.js';
import { parseListenAddress } from '../flags/values.js';

/** Forms of a listener, for messages. */
export const LISTENER_FORMS = 'PORT, HOST:PORT or unix:PATH, such as 7071 or unix:/run/tcp-info/live.sock';

/** Parses a listener; undefined for any other text. `:PORT` is refused: elsewhere it means all addresses of the machine. */
export function parseListener(text: string, cwd: string): LiveListener | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    return path === '' || path.includes('\0') ? undefined : { path: resolve(cwd, path) };
  }
  return text.startsWith(':') ? undefined : parseListenAddress(text);
}
