/** Addresses of running collectors, for programs that ask them. */
export { ADDRESS_FORMS, DEFAULT_SOCKET, type LiveAddress, parseLiveAddress, USUAL_ADDRESS } from './live-address.js';
