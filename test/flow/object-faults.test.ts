import type { UploadSession } from '../emulator/upload-session.js';
import { sessionsOf, type Target, testFaultsOf } from './fault-matrix.js';
import { packageAndFile } from './fixture.js';

function object(where: string, path: string, keyOf: (session: UploadSession) => string): Target {
  return {
    where,
    path,
    matches: (request, emulator) =>
      sessionsOf(emulator, path).some((session) => request.path === `/${keyOf(session)}`),
  };
}

testFaultsOf('PutObject', packageAndFile, [
  object('the first segment', 'show/show.m3u8', ({ folder }) => `${folder}first.ts`),
  object('a segment in the middle', 'show/show.m3u8', ({ folder }) => `${folder}third.ts`),
  object('the manifest', 'show/show.m3u8', ({ mediaKey }) => mediaKey),
  object('the cover', 'show/show.m3u8', ({ coverKey }) => coverKey),
  object('a file of its own', 'film.mp4', ({ mediaKey }) => mediaKey),
]);
