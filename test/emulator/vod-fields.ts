import { ServiceError } from './service-error.js';
import { isTime } from './vod-time.js';

/** What the checks say about a value that has the right type and is not allowed; `InvalidParameterValue` by default. */
interface Checked {
  code?: string;
}

interface TextField extends Checked {
  kind: 'string';
  /** Longest text in characters. */
  max?: number;
  oneOf?: readonly string[];
  /** An ISO 8601 date-time. */
  time?: true;
}

interface NumberField extends Checked {
  kind: 'integer' | 'unsigned' | 'number';
  min?: number;
  max?: number;
}

interface TextsField extends Checked {
  kind: 'strings';
  /** Longest text in characters. */
  max?: number;
  maxItems?: number;
  oneOf?: readonly string[];
}

interface NumbersField extends Checked {
  kind: 'integers' | 'numbers';
  maxItems?: number;
}

interface ObjectField<T> {
  kind: 'object';
  fields: Fields<T>;
}

interface ObjectsField<T> extends Checked {
  kind: 'objects';
  maxItems?: number;
  fields: Fields<T>;
}

type FieldOf<T> = T extends string
  ? TextField
  : T extends number
    ? NumberField
    : T extends ReadonlyArray<infer Item>
      ? Item extends string
        ? TextsField
        : Item extends number | bigint
          ? NumbersField
          : ObjectsField<Item>
      : ObjectField<T>;

/** The fields of a request type: exactly its own, with the kinds of their types. */
export type Fields<T> = {
  [Name in keyof T]-?: FieldOf<NonNullable<T[Name]>> &
    (Record<never, never> extends Pick<T, Name> ? { required?: never } : { required: true });
};

type AnyField = (TextField | NumberField | TextsField | NumbersField | AnyObject | AnyObjects) & {
  required?: true;
};
interface AnyObject {
  kind: 'object';
  fields: AnyFields;
}
interface AnyObjects extends Checked {
  kind: 'objects';
  maxItems?: number;
  fields: AnyFields;
}
/** The fields of any request type. */
export type AnyFields = Readonly<Record<string, AnyField>>;

/** Parameters of an action after they were checked. */
export type Parameters = Record<string, unknown>;

function refuseType(path: string): never {
  throw new ServiceError('InvalidParameter', `The value type of parameter \`${path}\` is not valid.`);
}

function refuseValue(field: Checked, message: string): never {
  throw new ServiceError(field.code ?? 'InvalidParameterValue', message);
}

function checkText(path: string, value: unknown, field: TextField | TextsField): void {
  if (typeof value !== 'string') refuseType(path);
  if (field.max !== undefined && [...value].length > field.max) {
    refuseValue(field, `\`${path}\` is longer than ${field.max} characters.`);
  }
  if (field.oneOf !== undefined && !field.oneOf.includes(value)) {
    refuseValue(field, `\`${path}\` is not one of ${field.oneOf.join(', ')}.`);
  }
  if (field.kind === 'string' && field.time === true && !isTime(value)) {
    refuseValue(field, `\`${path}\` is not in ISO 8601 format.`);
  }
}

function checkNumber(path: string, value: unknown, field: NumberField | NumbersField): void {
  const fraction = field.kind === 'number' || field.kind === 'numbers';
  if (typeof value !== 'number' || !(fraction || Number.isSafeInteger(value))) refuseType(path);
  if (field.kind === 'unsigned' && value < 0) refuseType(path);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } =
    'min' in field || 'max' in field ? field : {};
  if (value < min || value > max) refuseValue(field, `\`${path}\` is out of range.`);
}

function listOf(path: string, value: unknown, field: Checked & { maxItems?: number }): unknown[] {
  if (!Array.isArray(value)) refuseType(path);
  if (field.maxItems !== undefined && value.length > field.maxItems) {
    refuseValue(field, `\`${path}\` holds more than ${field.maxItems} items.`);
  }
  return value;
}

function checkValue(path: string, value: unknown, field: AnyField): void {
  switch (field.kind) {
    case 'string':
      checkText(path, value, field);
      break;
    case 'strings':
      for (const item of listOf(path, value, field)) checkText(path, item, field);
      break;
    case 'integer':
    case 'unsigned':
    case 'number':
      checkNumber(path, value, field);
      break;
    case 'integers':
    case 'numbers':
      for (const item of listOf(path, value, field)) checkNumber(path, item, field);
      break;
    case 'object':
      checkObject(path, value, field.fields);
      break;
    case 'objects':
      listOf(path, value, field).forEach((item, index) => {
        checkObject(`${path}.${index}`, item, field.fields);
      });
  }
}

function checkObject(path: string, given: unknown, fields: AnyFields): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) refuseType(path);
  const under = path === '' ? '' : `${path}.`;
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) {
      throw new ServiceError('UnknownParameter', `The parameter \`${under}${name}\` is not recognized.`);
    }
    checkValue(under + name, value, field);
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.required && !(name in given)) {
      throw new ServiceError(
        'MissingParameter',
        `The request is missing a required parameter \`${under}${name}\`.`,
      );
    }
  }
}

/**
 * Checks parameters by name, JSON type and limits.
 * Raises UnknownParameter, InvalidParameter, MissingParameter, or for a limit the code of the field.
 */
export function checkFields(given: Parameters, fields: AnyFields): Parameters {
  checkObject('', given, fields);
  return given;
}

/** What vod-node-sdk sends of its own along with ApplyUpload. */
const LOCAL_FIELDS = new Set(['MediaFilePath', 'CoverFilePath', 'ConcurrentUploadNumber']);

/** Gives the fields of a form their JSON types, since a form knows only text. Nested objects are left unknown. */
export function parametersOfForm(
  fields: AnyFields,
  form: ReadonlyMap<string, string>,
  common: ReadonlySet<string>,
): Parameters {
  const given: Parameters = {};
  for (const [name, value] of form) {
    if (common.has(name) || LOCAL_FIELDS.has(name)) continue;
    const item = /^(\w+)\.(\d+)$/.exec(name);
    if (item?.[1] !== undefined) {
      const list = given[item[1]];
      given[item[1]] = Array.isArray(list) ? [...list, value] : [value];
      continue;
    }
    const kind = fields[name]?.kind;
    given[name] =
      (kind === 'integer' || kind === 'unsigned') && /^-?\d+$/.test(value) ? Number(value) : value;
  }
  return given;
}
