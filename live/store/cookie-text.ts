/** Returns a socket cookie as rows show it, 16 hexadecimal digits. */
export function cookieText(cookie: bigint): string {
  return cookie.toString(16).toUpperCase().padStart(16, '0');
}
