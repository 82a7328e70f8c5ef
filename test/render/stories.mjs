// Runs of the built action whose summaries are worth looking at. Each prepares a workspace and says what goes wrong.
import { copy, number, refuse, write } from './workspace.mjs';

/** Stories of which the summary is shown. */
export const STORIES = [
  {
    name: 'release',
    inputs: {
      files: 'videos/**',
      cover: '{dir}/{name}.jpg\n{dir}/poster.jpg',
      'if-no-cover-found': 'ignore',
    },
    prepare(workspace) {
      copy(workspace, 'trailer.mp4', 'videos/trailer.mp4');
      copy(workspace, 'trailer.jpg', 'videos/trailer.jpg');
      copy(workspace, 'behind the scenes.mov', 'videos/behind the scenes.mov');
      copy(workspace, 'interview.m4a', 'videos/interview.m4a');
      copy(workspace, 'hls-ladder', 'videos/feature');
      copy(workspace, 'trailer.jpg', 'videos/feature/poster.jpg');
    },
  },
  {
    name: 'one-file',
    inputs: { files: '*.mp4', cover: '{name}.jpg' },
    prepare(workspace) {
      copy(workspace, 'trailer.mp4');
      copy(workspace, 'trailer.jpg');
    },
  },
  {
    name: 'partial-failure',
    inputs: { files: 'season-1/*.mp4', cover: 'season-1/{name}.jpg', 'if-no-cover-found': 'ignore' },
    prepare(workspace) {
      for (let episode = 1; episode <= 40; episode++) {
        const name = `season-1/episode-${number(episode, 2)}`;
        write(
          workspace,
          `${name}.mp4`,
          Buffer.alloc(episode === 17 ? 0 : 400_000 + episode * 30_000, episode),
        );
        if (episode <= 4) copy(workspace, 'trailer.jpg', `${name}.jpg`);
      }
    },
    faults: [
      refuse(
        'ApplyUpload',
        'episode-08',
        'UnauthorizedOperation',
        'you are not authorized to perform operation (vod:ApplyUpload)',
      ),
      {
        service: 'cos',
        action: 'PutObject',
        after: 20,
        effect: { kind: 'error', code: 'AccessDenied', message: 'Access Denied.' },
      },
    ],
  },
  {
    name: 'package',
    inputs: { files: '**', 'media-name': '{dir}', cover: '{dir}/poster.jpg', 'if-no-cover-found': 'ignore' },
    prepare(workspace) {
      copy(workspace, 'hls-ladder', 'feature');
      copy(workspace, 'trailer.jpg', 'feature/poster.jpg');
    },
  },
  {
    name: 'dry-run',
    inputs: { files: '**', 'dry-run': 'true', cover: '{dir}/{name}.jpg', 'if-no-cover-found': 'ignore' },
    prepare(workspace) {
      for (const name of ['trailer.mp4', 'trailer.jpg', 'behind the scenes.mov', '花絮.webm', 'hls-ladder']) {
        copy(workspace, name);
      }
      write(
        workspace,
        'broken/index.m3u8',
        '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfirst.ts\n#EXTINF:4,\n../second.ts\n#EXT-X-ENDLIST\n',
      );
    },
  },
  {
    name: 'three-thousand',
    // Two API requests for each medium, 50 a second.
    longest: 300_000,
    inputs: { files: 'clips/**' },
    prepare(workspace) {
      for (let clip = 1; clip <= 3000; clip++) {
        write(workspace, `clips/${number(clip, 4)}.mp4`, Buffer.alloc(20_000 + clip * 5, clip));
      }
    },
    faults: [
      refuse(
        'ApplyUpload',
        '0042',
        'InvalidParameterValue.MediaType',
        'Parameter value error: media type is not supported.',
      ),
    ],
  },
  {
    name: 'hostile-names',
    inputs: { files: '*', 'media-type': 'mp4' },
    prepare(workspace) {
      const names = [
        '::error::forged.mp4',
        '| broken | table |.mp4',
        '<img src=x onerror=alert(1)>.mp4',
        '**bold** [link](https:example.com) @someone #1.mp4',
        'line\nbreak.mp4',
        'right\u202eto-left.mp4',
        '``` fence.mp4',
        `${'long '.repeat(40)}.mp4`,
      ];
      for (const name of names) write(workspace, name, 'pictures');
    },
    faults: [
      {
        service: 'vod',
        action: 'ApplyUpload',
        effect: { kind: 'error', code: 'InvalidParameterValue', message: '<b>bold</b> | ``` \n## heading' },
      },
    ],
  },
];
