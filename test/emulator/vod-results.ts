import type { FlowScript, ResultScript } from './vod-flow-script.js';
import type { Procedure } from './vod-procedures.js';
import type { Result, Results } from './vod-task.js';

function byDefinition(type: string, inputs: readonly { Definition: number }[] = []): ResultScript[] {
  return inputs.map((input) => ({ type, definition: input.Definition, input }));
}

function mediaOf({ MediaProcessTask: media = {} }: Procedure): ResultScript[] {
  return [
    ...byDefinition('Transcode', media.TranscodeTaskSet),
    ...byDefinition('AnimatedGraphics', media.AnimatedGraphicTaskSet),
    ...byDefinition('SnapshotByTimeOffset', media.SnapshotByTimeOffsetTaskSet),
    ...byDefinition('SampleSnapshot', media.SampleSnapshotTaskSet),
    ...byDefinition('ImageSprites', media.ImageSpriteTaskSet),
    ...byDefinition('CoverBySnapshot', media.CoverBySnapshotTaskSet),
    ...byDefinition('AdaptiveDynamicStreaming', media.AdaptiveDynamicStreamingTaskSet),
  ];
}

function recognitionOf(procedure: Procedure): ResultScript[] {
  const { AiRecognitionTask, AiRecognitionTaskSet = [] } = procedure;
  const inputs =
    AiRecognitionTask === undefined ? AiRecognitionTaskSet : [AiRecognitionTask, ...AiRecognitionTaskSet];
  return byDefinition('AsrFullTextRecognition', inputs);
}

function complete(result: ResultScript): Result {
  const { type, definition = 0, code = '', message = '', input = {}, output = {} } = result;
  const { afterMs = Number.POSITIVE_INFINITY } = result;
  return { type, definition, code, message, input: { Definition: definition, ...input }, output, afterMs };
}

/** What a flow comes to: the script's result sets, and where it has none those that the template asks for. */
export function resultsOf(procedure: Procedure, script: FlowScript): Results {
  const { AiContentReviewTask, AiAnalysisTask } = procedure;
  const review = AiContentReviewTask === undefined ? [] : [AiContentReviewTask];
  const analysis = AiAnalysisTask === undefined ? [] : [AiAnalysisTask];
  return {
    media: (script.media ?? mediaOf(procedure)).map(complete),
    contentReview: (script.contentReview ?? byDefinition('Porn', review)).map(complete),
    analysis: (script.analysis ?? byDefinition('Tag', analysis)).map(complete),
    recognition: (script.recognition ?? recognitionOf(procedure)).map(complete),
  };
}

/** True when the template or its script starts a task of type Procedure, not just reviews or imports. */
export function hasProcedureTask(procedure: Procedure, script: FlowScript): boolean {
  const { MediaProcessTask, AiContentReviewTask, AiAnalysisTask } = procedure;
  const { media, contentReview, analysis, recognition } = script;
  const asked = [MediaProcessTask, AiContentReviewTask, AiAnalysisTask];
  return (
    [...asked, media, contentReview, analysis, recognition].some((task) => task !== undefined) ||
    recognitionOf(procedure).length > 0
  );
}
