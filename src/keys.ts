/** Keys that sign requests; temporary ones come with a token. */
export interface ApiKeys {
  secretId: string;
  secretKey: string;
  token?: string;
}

/** Keys of STS, or those that ApplyUpload grants for the objects of one medium. */
export interface TemporaryKeys extends ApiKeys {
  token: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}
