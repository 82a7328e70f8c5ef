import { EndpointError, type EndpointTemplate, fillEndpoint } from '../network/endpoint.js';
import { ServiceError } from '../network/errors.js';
import { COS } from './cos-error.js';

/** Temporary keys for the objects of one medium. */
export interface Certificate {
  secretId: string;
  secretKey: string;
  token: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Where the objects of one medium go. */
export interface Destination {
  /** Bucket name with its AppId. */
  bucket: string;
  region: string;
  certificate: Certificate;
}

/** Which domain the buckets are reached at; shared by all media of a run. */
export class StorageDomain {
  constructor(
    private readonly template: EndpointTemplate,
    private accelerated: boolean,
    /** Told once when acceleration is given up. */
    private readonly onFallback: (error: ServiceError) => void,
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
      if (!(error instanceof EndpointError)) throw error;
      throw new ServiceError(COS, {
        code: 'InvalidEndpoint',
        message: `The bucket ${bucket} in ${region} gives no host with cos-endpoint ${this.template.source}.`,
        kind: 'final',
      });
    }
  }

  /** Goes back to the regional domain; true when a repeat of the refused request makes sense. */
  fallBack(error: ServiceError, refused: URL, destination: Destination): boolean {
    if (error.code !== 'BucketAccelerateNotEnabled' && error.code !== 'ActionAccelerateNotSupported')
      return false;
    if (this.accelerated) {
      this.accelerated = false;
      this.onFallback(error);
    }
    return this.url(destination).href !== refused.href;
  }
}
