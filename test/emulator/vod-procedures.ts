import type {
  Answered,
  Complete,
  DescribeProcedureTemplatesRequest,
  DescribeProcedureTemplatesResponse,
  MediaProcessTaskInput,
  ProcedureTemplate,
} from './vod-models.js';

/** A template as a test gives it: a name, and what is not empty. */
export type Procedure = Partial<ProcedureTemplate> & { Name: string };

type Media = Required<MediaProcessTaskInput>;

const NO_MEDIA: Media = {
  TranscodeTaskSet: [],
  AnimatedGraphicTaskSet: [],
  SnapshotByTimeOffsetTaskSet: [],
  SampleSnapshotTaskSet: [],
  ImageSpriteTaskSet: [],
  CoverBySnapshotTaskSet: [],
  AdaptiveDynamicStreamingTaskSet: [],
};

function preset(name: string, ...adaptive: number[]): Procedure {
  return {
    Name: name,
    Type: 'Preset',
    MediaProcessTask: {
      AdaptiveDynamicStreamingTaskSet: adaptive.map((Definition) => ({ Definition })),
      ImageSpriteTaskSet: [{ Definition: 10 }],
      CoverBySnapshotTaskSet: [{ Definition: 10, PositionType: 'Time', PositionValue: 0 }],
    },
  };
}

/** The templates that every account has. */
const PRESETS: readonly Procedure[] = [
  preset('LongVideoPreset', 10),
  preset('SimpleAesEncryptPreset', 12),
  preset('WidevineFairPlayPreset', 11, 13),
  preset('SDMC-WidevineFairPlayPreset', 31, 41),
  preset('MultiDRMPreset', 14, 13, 11),
];

function shown(procedure: Procedure): Complete<ProcedureTemplate> {
  const { MediaProcessTask } = procedure;
  const template = {
    Name: procedure.Name,
    Type: procedure.Type ?? 'Custom',
    Comment: procedure.Comment ?? '',
    MediaProcessTask: MediaProcessTask === undefined ? null : { ...NO_MEDIA, ...MediaProcessTask },
    AiContentReviewTask: procedure.AiContentReviewTask ?? null,
    AiAnalysisTask: procedure.AiAnalysisTask ?? null,
    AiRecognitionTaskSet: procedure.AiRecognitionTaskSet ?? [],
    AiRecognitionTask: procedure.AiRecognitionTask ?? null,
    MiniProgramPublishTask: procedure.MiniProgramPublishTask ?? null,
    ReviewAudioVideoTask: procedure.ReviewAudioVideoTask ?? null,
    ImportMediaKnowledgeTaskSet: procedure.ImportMediaKnowledgeTaskSet ?? [],
    // Templates show their times with an offset, unlike media and tasks.
    CreateTime: procedure.CreateTime ?? '2019-10-23T20:47:15+08:00',
    UpdateTime: procedure.UpdateTime ?? '2019-10-23T20:47:15+08:00',
  };
  // The inputs of the tasks are shown as they were given.
  return template as unknown as Complete<ProcedureTemplate>;
}

/** The templates of task flows that the account has, in all of its applications. */
export class Procedures {
  private readonly byName = new Map<string, Procedure>();

  constructor(private readonly given: readonly Procedure[]) {
    this.reset();
  }

  /** Adds a template, or takes the place of the one of its name. */
  add(procedure: Procedure): void {
    this.byName.set(procedure.Name, procedure);
  }

  find(name: string): Procedure | undefined {
    return this.byName.get(name);
  }

  /** Goes back to the presets and the templates of the options. */
  reset(): void {
    this.byName.clear();
    for (const procedure of [...PRESETS, ...this.given]) this.add(procedure);
  }

  /** DescribeProcedureTemplates. */
  describe(request: DescribeProcedureTemplatesRequest): Answered<DescribeProcedureTemplatesResponse> {
    const { Names = [], Type, Offset = 0, Limit = 10, SortBy = [] } = request;
    const found = [...this.byName.values()]
      .map(shown)
      .filter((template) => Names.length === 0 || Names.includes(template.Name ?? ''))
      .filter((template) => Type === undefined || template.Type === Type);
    const order = SortBy[0]?.Order.toLowerCase();
    const time = (template: Complete<ProcedureTemplate>): number => Date.parse(template.CreateTime ?? '');
    if (order !== undefined) found.sort((a, b) => (order === 'asc' ? time(a) - time(b) : time(b) - time(a)));
    return { TotalCount: found.length, ProcedureTemplateSet: found.slice(Offset, Offset + Limit) };
  }
}
