/** Authorisation of requests. Never part of a message or a log line. */
export type Credentials =
  | {
      readonly kind: 'keys';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
      /** Time of their end, milliseconds since 1970; absent if they last. */
      readonly expiresMs?: number;
    }
  | { readonly kind: 'bearer'; readonly token: string; readonly expiresMs?: number };

/** Returns credentials that are valid now. */
export type CredentialsSource = () => Promise<Credentials>;
