import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import COS from 'cos-nodejs-sdk-v5';
import { startEmulator } from './emulator.js';
import { officialClient } from './official-client.js';

const emulator = await startEmulator({ keepBodies: true });
const directory = mkdtempSync(join(tmpdir(), 'emulator-sdk-'));
after(async () => {
  rmSync(directory, { recursive: true, force: true });
  await emulator.close();
});

describe('the official clients', () => {
  it('publish a file in parts and its cover, unchanged', async () => {
    const client = officialClient(emulator);
    const applied = await client.ApplyUpload({
      MediaType: 'mp4',
      CoverType: 'jpg',
      MediaName: '视频',
      SubAppId: 1500000001,
    });
    const { StorageBucket = '', StorageRegion = '', MediaStoragePath = '', CoverStoragePath = '' } = applied;
    const certificate = applied.TempCertificate;
    const cos = new COS({
      SecretId: certificate?.SecretId ?? '',
      SecretKey: certificate?.SecretKey ?? '',
      SecurityToken: certificate?.Token ?? '',
      Domain: new URL(emulator.cosUrl).host,
      Protocol: 'http:',
    });
    const place = { Bucket: StorageBucket, Region: StorageRegion };
    const bytes = Buffer.alloc(3 * 1024 * 1024 + 5, 'video');
    const file = join(directory, 'a.mp4');
    writeFileSync(file, bytes);
    await cos.sliceUploadFile({ ...place, Key: MediaStoragePath, FilePath: file });
    await cos.putObject({ ...place, Key: CoverStoragePath, Body: Buffer.from('cover') });
    const { FileId, CoverUrl } = await client.CommitUpload({
      VodSessionKey: applied.VodSessionKey ?? '',
      SubAppId: 1500000001,
    });
    const [medium] = emulator.media;
    assert.equal(FileId, medium?.fileId);
    assert.equal(CoverUrl, medium?.coverUrl);
    assert.equal(medium?.request.MediaName, '视频');
    assert.deepEqual(emulator.objects.get(medium?.mediaKey ?? '')?.body, bytes);
    assert.equal(emulator.objects.get(medium?.coverKey ?? '')?.body?.toString(), 'cover');
  });
});
