/** Live side of the daemon. Import it only when it is on: it loads much that the collector does not need. */
export { LiveService, type LiveServiceOptions, type LiveSettings } from './live-service.js';
