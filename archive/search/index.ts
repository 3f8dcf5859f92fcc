/** Search for one connection by file, UUID or endpoint. */
export { type FoundAmong, findAmong } from './among.js';
export { type ConnectionReceiver, findConnection, type Search } from './find.js';
export { planTarget, type Target, TargetError } from './target.js';
