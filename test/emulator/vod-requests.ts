import { ServiceError } from './service-error.js';
import { type AnyFields, checkFields, type Fields, type Parameters, parametersOfForm } from './vod-fields.js';
import type * as models from './vod-models.js';

/** The actions of the API that the emulator knows, with the types of their requests. */
export interface Requests {
  ApplyUpload: models.ApplyUploadRequest;
  CommitUpload: models.CommitUploadRequest;
  ParseStreamingManifest: models.ParseStreamingManifestRequest;
  DescribeMediaInfos: models.DescribeMediaInfosRequest;
  SearchMedia: models.SearchMediaRequest;
  ModifyMediaInfo: models.ModifyMediaInfoRequest;
  DeleteMedia: models.DeleteMediaRequest;
  ForbidMediaDistribution: models.ForbidMediaDistributionRequest;
  AttachMediaSubtitles: models.AttachMediaSubtitlesRequest;
  DescribeTasks: models.DescribeTasksRequest;
  DescribeTaskDetail: models.DescribeTaskDetailRequest;
  DescribeProcedureTemplates: models.DescribeProcedureTemplatesRequest;
  ProcessMediaByProcedure: models.ProcessMediaByProcedureRequest;
}

/** The sections of a medium's information that a request may ask for. */
export const SECTIONS = [
  'basicInfo',
  'metaData',
  'transcodeInfo',
  'animatedGraphicsInfo',
  'imageSpriteInfo',
  'snapshotByTimeOffsetInfo',
  'sampleSnapshotInfo',
  'keyFrameDescInfo',
  'adaptiveDynamicStreamingInfo',
  'miniProgramReviewInfo',
  'subtitleInfo',
  'reviewInfo',
  'mpsAiMediaInfo',
  'knowledgeBasesInfo',
] as const;

const SUB_APP_ID = { kind: 'unsigned' } as const;
const TIME = { kind: 'string', time: true } as const;
const TIME_RANGE: Fields<models.TimeRange> = { After: TIME, Before: TIME };
const SOURCE_TYPES = ['Record', 'Upload', 'VideoProcessing', 'TrtcRecord', 'WebPageRecord', 'Unknown'];

const FILTERS = { kind: 'strings', oneOf: SECTIONS, code: 'InvalidParameter' } as const;

/** The codes of SearchMedia's own list, by parameter. */
function searched<const Limits extends object>(
  name: string,
  limits: Limits,
): Limits & { kind: 'strings'; code: string } {
  return { kind: 'strings', code: `InvalidParameterValue.${name}`, ...limits };
}

const FIELDS: { [Action in keyof Requests]: Fields<Requests[Action]> } = {
  ApplyUpload: {
    MediaType: { kind: 'string', required: true },
    SubAppId: SUB_APP_ID,
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
  CommitUpload: { VodSessionKey: { kind: 'string', required: true }, SubAppId: SUB_APP_ID },
  ParseStreamingManifest: {
    MediaManifestContent: { kind: 'string', required: true },
    ManifestType: { kind: 'string' },
  },
  DescribeMediaInfos: {
    FileIds: {
      kind: 'strings',
      required: true,
      maxItems: 20,
      code: 'InvalidParameterValue.FileIdsOverLimit',
    },
    SubAppId: SUB_APP_ID,
    Filters: FILTERS,
  },
  SearchMedia: {
    SubAppId: SUB_APP_ID,
    FileIds: searched('FileIds', { maxItems: 10, max: 40 }),
    Names: searched('Names', { maxItems: 10, max: 100 }),
    NamePrefixes: searched('NamePrefixes', { maxItems: 10, max: 100 }),
    Descriptions: { kind: 'strings', maxItems: 10, max: 100 },
    ClassIds: { kind: 'integers', maxItems: 10, code: 'InvalidParameterValue.ClassIds' },
    Tags: searched('Tags', { maxItems: 16, max: 32 }),
    Categories: searched('Categories', { oneOf: ['Video', 'Audio', 'Image'] }),
    SourceTypes: searched('SourceTypes', { maxItems: 10, oneOf: SOURCE_TYPES }),
    StreamIds: searched('StreamIds', { maxItems: 10 }),
    CreateTime: { kind: 'object', fields: TIME_RANGE },
    ExpireTime: { kind: 'object', fields: TIME_RANGE },
    StorageRegions: searched('StorageRegions', { maxItems: 20, max: 20 }),
    StorageClasses: { kind: 'strings', oneOf: ['STANDARD', 'STANDARD_IA', 'ARCHIVE', 'DEEP_ARCHIVE'] },
    MediaTypes: { kind: 'strings', maxItems: 10 },
    Status: { kind: 'strings', oneOf: ['Normal', 'SystemForbidden', 'Forbidden'] },
    ReviewResults: { kind: 'strings', oneOf: ['pass', 'review', 'block', 'notModerated'] },
    TrtcSdkAppIds: { kind: 'integers', maxItems: 10 },
    TrtcRoomIds: { kind: 'strings', maxItems: 10, max: 64 },
    Filters: FILTERS,
    Sort: {
      kind: 'object',
      fields: {
        Field: {
          kind: 'string',
          required: true,
          oneOf: ['CreateTime'],
          code: 'InvalidParameterValue.Sort',
        },
        Order: {
          kind: 'string',
          required: true,
          oneOf: ['Asc', 'Desc'],
          code: 'InvalidParameterValue.Sort',
        },
      },
    },
    Offset: { kind: 'unsigned' },
    Limit: { kind: 'unsigned' },
    Text: { kind: 'string', max: 64, code: 'InvalidParameterValue.Text' },
    SourceType: { kind: 'string', oneOf: SOURCE_TYPES, code: 'InvalidParameterValue.SourceType' },
    StreamId: { kind: 'string' },
    StartTime: { kind: 'string', time: true, code: 'InvalidParameterValue.StartTime' },
    EndTime: { kind: 'string', time: true, code: 'InvalidParameterValue.EndTime' },
    Vids: { kind: 'strings' },
    Vid: { kind: 'string' },
    StreamDomains: { kind: 'strings' },
    StreamPaths: { kind: 'strings' },
    KnowledgeBases: { kind: 'strings' },
  },
  ModifyMediaInfo: {
    FileId: { kind: 'string', required: true },
    SubAppId: SUB_APP_ID,
    Name: { kind: 'string', max: 64, code: 'InvalidParameterValue.Name' },
    Description: { kind: 'string', max: 128, code: 'InvalidParameterValue.Description' },
    ClassId: { kind: 'integer' },
    ExpireTime: { kind: 'string', time: true, code: 'InvalidParameterValue.ExpireTime' },
    CoverData: { kind: 'string' },
    AddKeyFrameDescs: {
      kind: 'objects',
      fields: {
        TimeOffset: { kind: 'number', required: true },
        Content: {
          kind: 'string',
          required: true,
          max: 128,
          code: 'InvalidParameterValue.KeyFrameDescContentTooLong',
        },
      },
    },
    DeleteKeyFrameDescs: { kind: 'numbers' },
    ClearKeyFrameDescs: { kind: 'integer' },
    AddTags: { kind: 'strings' },
    DeleteTags: { kind: 'strings' },
    ClearTags: { kind: 'integer' },
    AddSubtitles: {
      kind: 'objects',
      fields: {
        Name: { kind: 'string', required: true, max: 64 },
        Language: { kind: 'string', required: true },
        Format: { kind: 'string', required: true, oneOf: ['vtt'] },
        Content: { kind: 'string', required: true },
        Id: { kind: 'string', max: 16 },
      },
    },
    DeleteSubtitleIds: { kind: 'strings' },
    ClearSubtitles: { kind: 'integer' },
    DeleteKnowledgeBases: { kind: 'strings' },
    ClearKnowledgeBases: { kind: 'integer' },
  },
  DeleteMedia: {
    FileId: { kind: 'string', required: true },
    SubAppId: SUB_APP_ID,
    DeleteParts: {
      kind: 'objects',
      fields: {
        Type: {
          kind: 'string',
          required: true,
          oneOf: [
            'OriginalFiles',
            'TranscodeFiles',
            'AdaptiveDynamicStreamingFiles',
            'WechatPublishFiles',
            'WechatMiniProgramPublishFiles',
          ],
        },
        Definition: { kind: 'unsigned' },
      },
    },
  },
  ForbidMediaDistribution: {
    FileIds: { kind: 'strings', required: true, maxItems: 20, code: 'InvalidParameterValue.FileIdsTooMany' },
    Operation: {
      kind: 'string',
      required: true,
      oneOf: ['forbid', 'recover'],
      code: 'InvalidParameterValue.Operation',
    },
    SubAppId: SUB_APP_ID,
  },
  AttachMediaSubtitles: {
    FileId: { kind: 'string', required: true },
    Operation: { kind: 'string', required: true, oneOf: ['Attach', 'Detach'] },
    AdaptiveDynamicStreamingDefinition: { kind: 'unsigned', required: true },
    SubtitleIds: { kind: 'strings', required: true, maxItems: 16 },
    DefaultSubtitleId: { kind: 'string' },
    SubAppId: SUB_APP_ID,
  },
  DescribeTasks: {
    SubAppId: SUB_APP_ID,
    Status: {
      kind: 'string',
      oneOf: ['WAITING', 'PROCESSING', 'FINISH'],
      code: 'InvalidParameterValue.Status',
    },
    FileId: { kind: 'string' },
    CreateTime: { kind: 'object', fields: TIME_RANGE },
    FinishTime: { kind: 'object', fields: TIME_RANGE },
    Sort: {
      kind: 'object',
      fields: {
        Field: { kind: 'string', required: true, oneOf: ['CreateTime', 'FinishTime'] },
        Order: { kind: 'string', required: true, oneOf: ['Asc', 'Desc'] },
      },
    },
    Limit: { kind: 'unsigned', min: 1, max: 100 },
    ScrollToken: { kind: 'string' },
  },
  DescribeTaskDetail: { TaskId: { kind: 'string', required: true }, SubAppId: SUB_APP_ID },
  DescribeProcedureTemplates: {
    SubAppId: SUB_APP_ID,
    Names: { kind: 'strings', maxItems: 100, code: 'InvalidParameterValue.Names' },
    Type: { kind: 'string', oneOf: ['Preset', 'Custom'], code: 'InvalidParameterValue.Type' },
    Offset: { kind: 'unsigned' },
    Limit: { kind: 'unsigned', max: 100, code: 'InvalidParameterValue.Limit' },
    SortBy: {
      kind: 'objects',
      fields: {
        // The documents call the field so, the example calls it otherwise.
        Field: { kind: 'string', required: true, oneOf: ['CreateTime', 'create_time'] },
        Order: { kind: 'string', required: true, oneOf: ['Asc', 'Desc', 'asc', 'desc'] },
      },
    },
  },
  ProcessMediaByProcedure: {
    ProcedureName: { kind: 'string', required: true },
    FileId: { kind: 'string' },
    MediaStoragePath: { kind: 'string' },
    SubAppId: SUB_APP_ID,
    TasksPriority: { kind: 'integer', min: -10, max: 10 },
    TasksNotifyMode: { kind: 'string', oneOf: ['Finish', 'Change', 'None'] },
    SessionContext: { kind: 'string', max: 1000, code: 'InvalidParameterValue.SessionContextTooLong' },
    SessionId: { kind: 'string', max: 50, code: 'InvalidParameterValue.SessionIdTooLong' },
    ExtInfo: { kind: 'string' },
  },
};

function fieldsOf(action: string): AnyFields | undefined {
  return Object.hasOwn(FIELDS, action) ? (FIELDS[action as keyof Requests] as AnyFields) : undefined;
}

/** Checks the parameters of an action by name, JSON type and limits. Raises InvalidAction for an unknown action. */
export function checkParameters(action: string, given: Parameters): Parameters {
  const fields = fieldsOf(action);
  if (fields === undefined) {
    throw new ServiceError('InvalidAction', `The request action \`${action}\` is not recognized.`);
  }
  return checkFields(given, fields);
}

/** The common parameters of signature method 1, which a form holds beside those of the action. */
const COMMON = new Set(
  'Action Version Region Timestamp Nonce SecretId Token RequestClient SignatureMethod Signature Language'.split(
    ' ',
  ),
);

/** The parameters of a form with the JSON types of their action. */
export function formParameters(action: string, form: ReadonlyMap<string, string>): Parameters {
  return parametersOfForm(fieldsOf(action) ?? {}, form, COMMON);
}
