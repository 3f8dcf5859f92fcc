/** Watched services in the collector: counted from the kernel's records, and limited by ending connections. */
export { ENFORCE_MODES, type EnforceMode, ServiceWatch, type ServiceWatchOptions } from './service-watch.js';
export { type ServicesSettings, WatchedServices, type WatchedServicesOptions } from './watched-services.js';
