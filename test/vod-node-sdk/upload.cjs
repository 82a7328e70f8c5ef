// Runs in a process of its own: proxy and CA reach the SDK through its environment, as for any of its users.
const { VodUploadClient, VodUploadRequest } = require('vod-node-sdk');

const { secretId, secretKey, uploads } = JSON.parse(process.argv[2]);

function upload(client, fields) {
  const request = Object.assign(new VodUploadRequest(), fields);
  return new Promise((resolve, reject) => {
    client.upload('ap-guangzhou', request, (error, data) => (error ? reject(error) : resolve(data)));
  });
}

async function main() {
  const client = new VodUploadClient(secretId, secretKey);
  const answers = [];
  for (const fields of uploads) {
    const { FileId, MediaUrl, CoverUrl } = await upload(client, fields);
    answers.push({ FileId, MediaUrl, CoverUrl });
  }
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
