import { ValueError } from '../errors.js';
import type { TemporaryKeys } from '../keys.js';
import { type EndpointTemplate, fillEndpoint } from '../network/endpoint.js';
import { ServiceError } from '../network/errors.js';
import { COS } from './cos-error.js';

/** Where the objects of one medium go. */
export interface Destination {
  /** Bucket name with its AppId. */
  bucket: string;
  region: string;
  credentials: TemporaryKeys;
}

/** Codes of a bucket that has no acceleration. */
const NOT_ACCELERATED = new Set(['BucketAccelerateNotEnabled', 'ActionAccelerateNotSupported']);
/** Codes of a proxy that lets nothing through; `ProxyRefused` is about one host. */
const PROXY_TROUBLE = new Set(['ProxyUnreachable', 'ProxyAuthenticationRequired']);

/** Which domain the buckets are reached at; shared by all media of a run. */
export class StorageDomain {
  constructor(
    private readonly template: EndpointTemplate,
    private accelerated: boolean,
    /** Called once when acceleration is given up. */
    private readonly onFallback: (error: ServiceError) => void,
    /** True when the URL's host has answered in this run. */
    private readonly hasAnswered: (url: URL) => boolean,
  ) {}

  /**
   * The acceleration domain is the bucket's domain with `accelerate` in the place of the region.
   *
   * @throws {ServiceError} when the bucket and region that the service named give no host
   */
  url({ bucket, region }: Destination): URL {
    try {
      return fillEndpoint(this.template, bucket, this.accelerated ? 'accelerate' : region);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new ServiceError(COS, {
        code: 'InvalidEndpoint',
        message: `The bucket ${bucket} in ${region} gives no host with cos-endpoint ${this.template.source}.`,
        kind: 'final',
      });
    }
  }

  /**
   * Goes back to the regional domain where the bucket is not accelerated, or the acceleration domain was never
   * reached: networks may let the regional one through alone.
   *
   * @param failed where the request went
   * @returns true when a repeat of the failed request makes sense
   */
  fallBack(error: ServiceError, failed: URL, destination: Destination): boolean {
    if (!NOT_ACCELERATED.has(error.code) && !this.isOutOfReach(error, failed)) return false;
    const { accelerated } = this;
    this.accelerated = false;
    if (this.url(destination).href === failed.href) return false;
    if (accelerated) this.onFallback(error);
    return true;
  }

  /** A host that has answered is there, whatever the network does now. */
  private isOutOfReach(error: ServiceError, failed: URL): boolean {
    return error.unreached && !PROXY_TROUBLE.has(error.code) && !this.hasAnswered(failed);
  }
}
