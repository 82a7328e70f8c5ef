/** The signer and the XML helpers of the official COS SDK, which are usable without its request stack. */
declare module 'cos-nodejs-sdk-v5/sdk/util.js' {
  interface SigningOptions {
    SecretId: string;
    SecretKey: string;
    Method: string;
    /** Decoded path with its leading slash. */
    Pathname: string;
    Query?: Record<string, string | number>;
    Headers?: Record<string, string>;
    /** Seconds that the signature is valid. */
    Expires?: number;
    /** Milliseconds to add to the machine's clock. */
    SystemClockOffset?: number;
  }
  const util: {
    getAuth(options: SigningOptions): string;
    camSafeUrlEncode(text: string): string;
    xml2json(text: string): Record<string, unknown>;
    json2xml(value: object): string;
  };
  export default util;
}
