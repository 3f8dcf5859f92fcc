/** Watched services in the collector: counted from the kernel's records, and limited by ending connections. */

export type { ReloadedServices } from './service-watch.js';
export { ENFORCE_MODES, type EnforceMode, ServiceWatch, type ServiceWatchOptions } from './service-watch.js';
export {
  ServicesReloadError,
  type ServicesSettings,
  WatchedServices,
  type WatchedServicesOptions,
} from './watched-services.js';
