import { ServiceError } from './service-error.js';
import type { MediaLibrary } from './vod-media-library.js';
import type {
  Answered,
  DeleteMediaRequest,
  DeleteMediaResponse,
  ForbidMediaDistributionRequest,
  ForbidMediaDistributionResponse,
} from './vod-models.js';

/** DeleteMedia: the medium with everything made of it, or parts. Raises ResourceNotFound for one that is not there. */
export function deleteMedia(
  request: DeleteMediaRequest,
  subAppId: number,
  library: MediaLibrary,
  now: number,
): Answered<DeleteMediaResponse> {
  const medium = library.find(subAppId, request.FileId);
  if (medium === undefined) {
    throw new ServiceError('ResourceNotFound', `The file ${request.FileId} does not exist.`);
  }
  const parts = request.DeleteParts ?? [];
  if (parts.length === 0) {
    library.remove(medium);
    return {};
  }
  const removed = parts.map(({ Type, Definition = 0 }) => ({ type: Type, definition: Definition, at: now }));
  const sourceDeleted = medium.sourceDeleted || parts.some(({ Type }) => Type === 'OriginalFiles');
  // The cover that was uploaded with the source goes with it.
  const coverUrl = sourceDeleted && medium.coverUrl === medium.session.coverUrl ? '' : medium.coverUrl;
  library.change(medium, { sourceDeleted, coverUrl, removedParts: [...medium.removedParts, ...removed] });
  return {};
}

/** ForbidMediaDistribution: bans media, or takes bans back. A ban by the service itself stays. */
export function forbidMediaDistribution(
  request: ForbidMediaDistributionRequest,
  subAppId: number,
  library: MediaLibrary,
): Answered<ForbidMediaDistributionResponse> {
  const media = request.FileIds.map((id) => library.find(subAppId, id)).filter(
    (medium) => medium !== undefined,
  );
  if (media.some(({ status }) => status === 'SystemForbidden')) {
    throw new ServiceError('FailedOperation.MediaForbidedBySystem', 'A medium is forbidden by the system.');
  }
  const status = request.Operation === 'forbid' ? 'Forbidden' : 'Normal';
  for (const medium of media) library.change(medium, { status });
  const known = new Set(media.map(({ fileId }) => fileId));
  return { NotExistFileIdSet: request.FileIds.filter((id) => !known.has(id)) };
}
