import { ServiceError } from './service-error.js';
import type { MediaInfos } from './vod-media-info.js';
import type { Medium } from './vod-medium.js';
import type { Answered, SearchMediaRequest, SearchMediaResponse } from './vod-models.js';
import { isWithin } from './vod-time.js';

/** No search leads beyond this many results. */
const DEEPEST = 5000;

type Condition = (medium: Medium) => boolean;

function contains(text: string, words: readonly string[]): boolean {
  return words.some((word) => text.toLowerCase().includes(word.toLowerCase()));
}

/** A condition that any element of a list meets; a list that is absent or empty asks for nothing. */
function anyOf<Item>(
  list: readonly Item[] | undefined,
  matches: (medium: Medium, items: readonly Item[]) => boolean,
): Condition {
  return list === undefined || list.length === 0 ? () => true : (medium) => matches(medium, list);
}

function conditionsOf(request: SearchMediaRequest, infos: MediaInfos): Condition[] {
  const { Text, SourceType, StreamId, StartTime, EndTime } = request;
  const never = (): boolean => false;
  return [
    anyOf(request.FileIds, (medium, ids) => ids.includes(medium.fileId)),
    anyOf(request.Names, (medium, names) => contains(medium.name, names)),
    anyOf(request.NamePrefixes, (medium, names) => names.some((name) => medium.name.startsWith(name))),
    anyOf(request.Descriptions, (medium, words) => contains(medium.description, words)),
    anyOf(request.ClassIds?.map(Number), (medium, ids) => ids.includes(medium.classId)),
    anyOf(request.Tags, (medium, tags) => medium.tags.some((tag) => tags.includes(tag))),
    anyOf(request.Status, (medium, statuses) => statuses.includes(medium.status)),
    anyOf(request.StorageRegions, (medium, regions) => regions.includes(medium.session.storageRegion)),
    anyOf(request.MediaTypes, (medium, types) => types.includes(medium.session.request.MediaType)),
    anyOf(request.StorageClasses, (_medium, classes) => classes.includes('STANDARD')),
    anyOf(request.SourceTypes, (_medium, types) => types.includes('Upload')),
    anyOf(request.ReviewResults, (medium, results) => results.includes(infos.outputsOf(medium).suggestion)),
    // What only recordings and knowledge bases have finds no upload.
    anyOf(request.StreamIds, never),
    anyOf(request.StreamDomains, never),
    anyOf(request.StreamPaths, never),
    anyOf(request.TrtcSdkAppIds, never),
    anyOf(request.TrtcRoomIds, never),
    anyOf(request.KnowledgeBases, never),
    (medium) => isWithin(request.CreateTime, medium.createdAt, 'included'),
    (medium) => isWithin(request.ExpireTime, Date.parse(medium.expireTime), 'included'),
    // The older parameters.
    (medium) => Text === undefined || contains(`${medium.name}\n${medium.description}`, [Text]),
    () => SourceType === undefined || SourceType === 'Upload',
    () => StreamId === undefined,
    (medium) =>
      request.CreateTime?.After !== undefined ||
      StartTime === undefined ||
      isWithin({ After: StartTime }, medium.createdAt, 'included'),
    (medium) =>
      request.CreateTime?.Before !== undefined ||
      EndTime === undefined ||
      isWithin({ Before: EndTime }, medium.createdAt, 'excluded'),
  ];
}

/** Newest or oldest first where that is asked for, else in no useful order, since none is documented. */
function inOrder(media: Medium[], request: SearchMediaRequest): Medium[] {
  const { Sort, Text = '', Names = [], Descriptions = [] } = request;
  const byMatch = Text !== '' || Names.length > 0 || Descriptions.length > 0;
  const byId = (a: Medium, b: Medium): number => (a.fileId < b.fileId ? -1 : 1);
  if (Sort === undefined || byMatch) return media.sort(byId);
  const sign = Sort.Order === 'Asc' ? 1 : -1;
  return media.sort((a, b) => sign * (a.createdAt - b.createdAt) || byId(a, b));
}

/**
 * SearchMedia over what the index knows of an application's media.
 * Raises LimitExceeded for a page that ends beyond the 5000th result.
 */
export function searchMedia(
  request: SearchMediaRequest,
  media: readonly Medium[],
  infos: MediaInfos,
): Answered<SearchMediaResponse> {
  const { Offset = 0, Limit = 10 } = request;
  if (Offset + Limit > DEEPEST) {
    throw new ServiceError('LimitExceeded', `Offset + Limit is larger than ${DEEPEST}.`);
  }
  const conditions = conditionsOf(request, infos);
  const found = media.filter((medium) => conditions.every((condition) => condition(medium)));
  const page = inOrder(found, request).slice(Offset, Offset + Limit);
  return {
    TotalCount: Math.min(found.length, DEEPEST),
    MediaInfoSet: page.map((medium) => infos.of(medium, request.Filters)),
  };
}
