import { apply, callCos, callVod, type Reachable } from './cloud-client.js';
import type { EmulatedMedium, Emulator } from './emulator.js';
import type { MediaInfo } from './vod-models.js';

/** Uploads and commits a small medium as a client would, and returns its FileId. */
export async function upload(emulator: Reachable, parameters: Record<string, unknown> = {}): Promise<string> {
  const { signer, media, cover, sessionKey } = await apply(emulator, parameters);
  for (const key of cover === '' ? [media] : [media, cover]) {
    const { status, body } = await callCos(emulator, { method: 'PUT', key, signer, body: `bytes of ${key}` });
    if (status !== 200) throw new Error(body);
  }
  const { SubAppId } = parameters;
  const { FileId } = await ask(emulator, 'CommitUpload', {
    VodSessionKey: sessionKey,
    ...(SubAppId === undefined ? {} : { SubAppId }),
  });
  return String(FileId);
}

/** Publishes a small medium and returns what the emulator holds of it. */
export async function publish(
  emulator: Emulator,
  parameters: Record<string, unknown> = {},
): Promise<EmulatedMedium> {
  const fileId = await upload(emulator, parameters);
  const medium = emulator.media.find((candidate) => candidate.fileId === fileId);
  if (medium === undefined) throw new Error(`The emulator does not hold ${fileId}.`);
  return medium;
}

/** Calls an action and returns the content of its answer. Throws the code of a refusal. */
export async function ask(
  emulator: Reachable,
  action: string,
  parameters: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { response } = await callVod(emulator, action, parameters);
  if (response.Error !== undefined) throw new Error(`${response.Error.Code}: ${response.Error.Message}`);
  return response;
}

/** What DescribeMediaInfos says of a medium. */
export async function describeMedium(
  emulator: Reachable,
  fileId: string,
  parameters: Record<string, unknown> = {},
): Promise<MediaInfo> {
  const { MediaInfoSet } = await ask(emulator, 'DescribeMediaInfos', { FileIds: [fileId], ...parameters });
  const [info] = MediaInfoSet as MediaInfo[];
  if (info === undefined) throw new Error(`DescribeMediaInfos does not know ${fileId}.`);
  return info;
}

/** Calls an action and returns the code of its refusal, empty when there is none. */
export async function refusal(
  emulator: Reachable,
  action: string,
  parameters: Record<string, unknown>,
): Promise<string> {
  const { response } = await callVod(emulator, action, parameters);
  return response.Error?.Code ?? '';
}
