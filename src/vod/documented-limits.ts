/** Requests a second of an account, by the action of the API. */
const LIMITS: Readonly<Record<string, number>> = {
  ApplyUpload: 100,
  CommitUpload: 100,
  DescribeMediaInfos: 100,
  DescribeTaskDetail: 100,
  DescribeTasks: 100,
  ModifyMediaInfo: 100,
  ProcessMediaByProcedure: 100,
  SearchMedia: 100,
};

/** The lowest limit that is documented, such as that of AttachMediaSubtitles; taken for actions without any. */
const LOWEST = 20;

/**
 * Requests a second that an account may make of an action unless it has a quota of its own, by the pages of
 * the actions below cloud.tencent.com/document/product/266.
 */
export function documentedLimit(action: string): number {
  return LIMITS[action] ?? LOWEST;
}
