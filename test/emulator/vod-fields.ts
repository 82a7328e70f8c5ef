import { ServiceError } from './service-error.js';

type Kind = 'string' | 'integer' | 'unsigned' | 'strings';

interface Field {
  kind: Kind;
  required?: true;
  /** Longest text in characters. */
  max?: number;
}

/** Parameters of an action after they were checked. */
export type Parameters = Record<string, string | number | string[]>;

const ACTIONS: Record<string, Record<string, Field>> = {
  ApplyUpload: {
    MediaType: { kind: 'string', required: true },
    SubAppId: { kind: 'unsigned' },
    MediaName: { kind: 'string' },
    CoverType: { kind: 'string' },
    Procedure: { kind: 'string' },
    ExpireTime: { kind: 'string' },
    StorageRegion: { kind: 'string' },
    ClassId: { kind: 'integer' },
    SourceContext: { kind: 'string', max: 250 },
    SessionContext: { kind: 'string', max: 1000 },
    ExtInfo: { kind: 'string' },
    MediaStoragePath: { kind: 'string' },
  },
  CommitUpload: {
    VodSessionKey: { kind: 'string', required: true },
    SubAppId: { kind: 'unsigned' },
  },
  ParseStreamingManifest: {
    MediaManifestContent: { kind: 'string', required: true },
    ManifestType: { kind: 'string' },
  },
  DescribeMediaInfos: {
    FileIds: { kind: 'strings', required: true },
    SubAppId: { kind: 'unsigned' },
    Filters: { kind: 'strings' },
  },
};

/** What vod-node-sdk sends of its own along with ApplyUpload. */
const LOCAL_FIELDS = new Set(['MediaFilePath', 'CoverFilePath', 'ConcurrentUploadNumber']);

function isOfKind(value: unknown, kind: Kind): value is string | number | string[] {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'unsigned':
      return Number.isSafeInteger(value) && Number(value) >= 0;
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
  }
}

/**
 * Checks the parameters of an action by name, JSON type and length.
 * Raises InvalidAction, UnknownParameter, InvalidParameter, InvalidParameterValue or MissingParameter.
 */
export function checkParameters(action: string, given: Record<string, unknown>): Parameters {
  const fields = ACTIONS[action];
  if (fields === undefined) {
    throw new ServiceError('InvalidAction', `The request action \`${action}\` is not recognized.`);
  }
  const parameters: Parameters = {};
  for (const [name, value] of Object.entries(given)) {
    const field = fields[name];
    if (field === undefined) {
      throw new ServiceError('UnknownParameter', `The parameter \`${name}\` is not recognized.`);
    }
    if (!isOfKind(value, field.kind)) {
      throw new ServiceError('InvalidParameter', `The value type of parameter \`${name}\` is not valid.`);
    }
    if (typeof value === 'string' && field.max !== undefined && [...value].length > field.max) {
      throw new ServiceError('InvalidParameterValue', `\`${name}\` is longer than ${field.max} characters.`);
    }
    parameters[name] = value;
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.required && !(name in parameters)) {
      throw new ServiceError('MissingParameter', `The request is missing a required parameter \`${name}\`.`);
    }
  }
  return parameters;
}

/** Gives the fields of a form the JSON types of their action, since a form knows only text. */
export function parametersOfForm(
  action: string,
  form: ReadonlyMap<string, string>,
  common: ReadonlySet<string>,
): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (common.has(name) || LOCAL_FIELDS.has(name)) continue;
    const item = /^(\w+)\.(\d+)$/.exec(name);
    if (item?.[1] !== undefined) {
      const list = given[item[1]];
      given[item[1]] = Array.isArray(list) ? [...list, value] : [value];
      continue;
    }
    const kind = ACTIONS[action]?.[name]?.kind;
    given[name] =
      (kind === 'integer' || kind === 'unsigned') && /^-?\d+$/.test(value) ? Number(value) : value;
  }
  return given;
}
