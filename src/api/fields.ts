import { ServiceError } from '../network/errors.js';

/** The `Response` of an answer: the action's fields and the RequestId. */
export type ApiResponse = Record<string, unknown> & { RequestId: string };

/** Reads a value by the type that the documents give it; undefined where it has another one or is missing. */
export type FieldType<T> = (value: unknown) => T | undefined;

/** Text that is not empty and can be encoded in UTF-8. */
export const text: FieldType<string> = (value) =>
  typeof value === 'string' && value !== '' && value.isWellFormed() ? value : undefined;

/** An id of decimal digits. It is a string, always: as a JSON number it would have been rounded above 2^53. */
export const digits: FieldType<string> = (value) =>
  typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : undefined;

/** An absolute URL of HTTP or HTTPS. */
export const url: FieldType<string> = (value) =>
  typeof value === 'string' && value.isWellFormed() && /^https?:\/\//i.test(value) && URL.canParse(value)
    ? value
    : undefined;

/** Seconds since the epoch, as milliseconds. */
export const seconds: FieldType<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < MOST_SECONDS
    ? value * 1000
    : undefined;

/** Fields of an answer, or of an object in it. */
export type FieldMap = Readonly<Record<string, unknown>>;

/** An object, but not an array. */
export const object: FieldType<FieldMap> = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as FieldMap) : undefined;

/** The largest time that JavaScript's Date can hold, in seconds. */
const MOST_SECONDS = 8.64e12;

/**
 * The fields of one answer of API 3.0, read by type. A service, or something on the way, may answer anything; what is
 * not of its documented type must not get further than here.
 */
export class AnswerFields {
  private constructor(
    private readonly service: string,
    private readonly action: string,
    readonly requestId: string,
    private readonly fields: FieldMap,
    private readonly place: string,
  ) {}

  /** The fields of an answer to an action. */
  static of(service: string, action: string, response: ApiResponse): AnswerFields {
    return new AnswerFields(service, action, response.RequestId, response, '');
  }

  /** A field that may be missing. */
  optional<T>(name: string, type: FieldType<T>): T | undefined {
    return type(this.fields[name]);
  }

  /**
   * A field that must be there.
   *
   * @param consequence what follows from its absence, for the message
   * @throws {ServiceError} `IncompleteAnswer`
   */
  required<T>(name: string, type: FieldType<T>, consequence = ''): T {
    const value = type(this.fields[name]);
    if (value !== undefined) return value;
    const { service, action, requestId, place } = this;
    throw new ServiceError(service, {
      code: 'IncompleteAnswer',
      message: `The answer to ${action} lacks a usable ${place}${name}${consequence}.`,
      kind: 'final',
      requestId,
    });
  }

  /** The fields of an object that must be there. @throws {ServiceError} `IncompleteAnswer` */
  within(name: string): AnswerFields {
    const { service, action, requestId, place } = this;
    const fields = this.required(name, object);
    return new AnswerFields(service, action, requestId, fields, `${place}${name}.`);
  }
}
