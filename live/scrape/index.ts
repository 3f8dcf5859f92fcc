/** Page of the metrics as a route of the HTTP server: rendered a bounded number of times, for a bounded number of clients. */
export { createMetricsRoute, type MetricsRouteOptions } from './metrics-route.js';
