// Runs whose log is worth looking at, besides those of stories.mjs.
import { copy, number, write, writeZeros } from './workspace.mjs';

const MIB = 1024 * 1024;

export const LOG_STORIES = [
  {
    name: 'refused-login',
    inputs: { files: 'videos/*.mp4' },
    keyless: true,
    emulator: {
      oidc: {
        subject: 'repo:octo-org/octo-repo:ref:refs/heads/feature',
        trustedSubjects: ['repo:octo-org/octo-repo:ref:refs/heads/main'],
      },
    },
    prepare(workspace) {
      copy(workspace, 'trailer.mp4', 'videos/trailer.mp4');
    },
  },
  {
    name: 'bad-inputs',
    inputs: {
      files: 'videos/*.mp4',
      'sub-app-id': 'my-app',
      'media-name': '{title}',
      'expire-time': 'tomorrow',
      concurrency: '1000',
      'dry-run': 'yes',
      'secret-key': '',
    },
    prepare(workspace) {
      copy(workspace, 'trailer.mp4', 'videos/trailer.mp4');
    },
  },
  {
    name: 'cancelled',
    inputs: { files: 'videos/*', 'part-size': '50' },
    prepare(workspace) {
      copy(workspace, 'trailer.mp4', 'videos/trailer.mp4');
      copy(workspace, 'interview.m4a', 'videos/interview.m4a');
      writeZeros(workspace, 'videos/feature.mp4', 200 * MIB);
    },
    faults: [
      {
        service: 'cos',
        action: 'UploadPart',
        times: 'always',
        effect: { kind: 'throttle', bytesPerSecond: MIB },
      },
    ],
    // Someone cancels the job when the small media are published; a line of progress has been printed by then.
    stopWhen: ({ emulator, stdout }) => emulator.media.length === 2 && / left · /.test(stdout),
  },
  {
    name: 'bad-network',
    inputs: { files: 'videos/*.mp4' },
    prepare(workspace) {
      for (let clip = 1; clip <= 12; clip++) {
        write(workspace, `videos/clip-${number(clip, 2)}.mp4`, Buffer.alloc(200_000 + clip * 10_000, clip));
      }
    },
    faults: [
      { service: 'vod', action: 'ApplyUpload', times: 2, effect: { kind: 'html', status: 502 } },
      {
        service: 'cos',
        action: 'PutObject',
        times: 8,
        effect: { kind: 'reset-amid', afterBytes: 100_000 },
      },
      {
        service: 'cos',
        action: 'PutObject',
        times: 2,
        after: 4,
        effect: { kind: 'error', code: 'SlowDown', message: 'Reduce your request rate.' },
      },
      { service: 'vod', action: 'CommitUpload', effect: { kind: 'reset-before' } },
    ],
  },
  {
    name: 'warnings',
    inputs: {
      files: 'videos/**\ntrailers/*.mp4\nteasers/*.mp4',
      cover: '{dir}/{name}.jpg',
      'if-no-cover-found': 'warn',
    },
    prepare(workspace) {
      copy(workspace, 'trailer.mp4', 'videos/trailer.mp4');
      copy(workspace, 'trailer.jpg', 'videos/trailer.jpg');
      copy(workspace, 'interview.m4a', 'videos/interview.m4a');
      copy(workspace, 'behind the scenes.mov', 'videos/behind the scenes.mov');
    },
  },
  {
    name: 'one-failure',
    inputs: { files: '*.mp4', 'sub-app-id': '1500000009' },
    prepare(workspace) {
      copy(workspace, 'trailer.mp4');
    },
  },
  {
    name: 'all-failed',
    inputs: { files: '*.mp4', 'sub-app-id': '1500000009' },
    prepare(workspace) {
      for (let clip = 1; clip <= 14; clip++) write(workspace, `clip-${number(clip, 2)}.mp4`, `clip ${clip}`);
    },
  },
];
