import { sessionsOf, type Target, testFaultsOf } from './fault-matrix.js';
import { threeFiles } from './fixture.js';

const PLACES = ['first', 'middle', 'last'];

testFaultsOf(
  'ApplyUpload',
  threeFiles,
  PLACES.map(
    (where): Target => ({
      where: `the ${where} medium`,
      path: `${where}.mp4`,
      matches: ({ body }) => (body as { MediaName?: string }).MediaName === where,
    }),
  ),
);

testFaultsOf(
  'CommitUpload',
  threeFiles,
  PLACES.map(
    (where): Target => ({
      where: `the ${where} medium`,
      path: `${where}.mp4`,
      matches: ({ body }, emulator) => {
        const { VodSessionKey } = body as { VodSessionKey?: string };
        return sessionsOf(emulator, `${where}.mp4`).some(
          ({ vodSessionKey }) => vodSessionKey === VodSessionKey,
        );
      },
    }),
  ),
);
