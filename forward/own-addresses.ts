import { networkInterfaces } from 'node:os';

/** Returns whether an address belongs to this machine: loopback, unspecified, or of an interface. */
export function isOwnAddress(address: string): boolean {
  if (/^127\.|^0\.0\.0\.0$|^::1?$/.test(address)) return true;
  return Object.values(networkInterfaces()).some((of) => of?.some((each) => each.address === address) === true);
}
