import type { StoreLocation } from './location.js';

/** Address of a store. */
export interface Endpoint {
  /** Scheme, host and port; a path before the bucket if there is one; no slash at the end. */
  readonly base: string;
  /** True if the bucket is the first part of the path, false if it is the first part of the host's name. */
  readonly pathStyle: boolean;
  /** Region that signatures name. */
  readonly region: string;
}

/** Environment variables of a process. */
export type Environment = Readonly<Partial<Record<string, string>>>;

/** Address of Google's XML API, which speaks S3. */
const GOOGLE = 'https://storage.googleapis.com';

/**
 * Returns the address of a store: `endpoint`, else `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, else Amazon's of the
 * region, and Google's for `gs://`. A given address takes the bucket in the path, as most stores expect.
 * @param region else `AWS_REGION`, `AWS_DEFAULT_REGION`, us-east-1
 */
export function resolveEndpoint(
  { scheme, bucket }: StoreLocation,
  { endpoint, region, env }: { readonly endpoint?: string; readonly region?: string; readonly env: Environment },
): Endpoint {
  const given = endpoint ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  if (scheme === 'gs') return { base: trimmed(endpoint ?? GOOGLE), pathStyle: true, region: region ?? 'auto' };
  const known = region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  if (given !== undefined && given !== '') return { base: trimmed(given), pathStyle: true, region: known };
  const domain = known.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  // A dot in the bucket's name would not match the wildcard of Amazon's certificate.
  const pathStyle = bucket.includes('.');
  const host = pathStyle ? '' : `${bucket}.`;
  return { base: `https://${host}s3.${known}.${domain}`, pathStyle, region: known };
}

/** Returns the URL of an object, or of its bucket for an empty key. `query` is encoded here. */
export function objectUrl(
  { base, pathStyle }: Endpoint,
  bucket: string,
  key: string,
  query: Readonly<Record<string, string>> = {},
): URL {
  const path = key.split('/').map(encodePart).join('/');
  const url = new URL(`${base}${pathStyle ? `/${bucket}` : ''}/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
  return url;
}

/** Encodes all but the unreserved characters of RFC 3986: a signature is made of this form. */
function encodePart(part: string): string {
  // A part that is one or two dots would be resolved as a folder, even if its dots are encoded.
  if (part === '.' || part === '..') throw new RangeError(`a key cannot have the part "${part}"`);
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function trimmed(base: string): string {
  return base.replace(/\/+$/, '');
}
