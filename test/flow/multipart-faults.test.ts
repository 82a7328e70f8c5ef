import { type Target, testFaultsOf } from './fault-matrix.js';
import { largeFile } from './fixture.js';

const only: Target = { where: 'the large file', path: 'large.mp4', matches: () => true };

function part(where: string, number: number): Target {
  return {
    where: `the ${where} part`,
    path: 'large.mp4',
    matches: ({ query }) => query.partNumber === String(number),
  };
}

testFaultsOf('InitiateMultipartUpload', largeFile, [only]);
testFaultsOf('UploadPart', largeFile, [part('first', 1), part('middle', 2), part('last', 3)]);
testFaultsOf('CompleteMultipartUpload', largeFile, [only]);
