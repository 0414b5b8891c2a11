import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';

/** A server that speaks S3, on a port of its own, with one bucket. */
export interface BucketServer extends AsyncDisposable {
  /** What a client needs to find it. */
  readonly env: Record<string, string>;
  object(key: string): Promise<Buffer>;
}

const key = 'S3RVER'; // the one that the server knows

export async function bucketServer(bucket: string): Promise<BucketServer> {
  const directory = await mkdtemp(join(tmpdir(), 'drydock-bucket-'));
  const server = new S3rver({ port: 0, silent: true, directory, configureBuckets: [{ name: bucket, configs: [] }] });
  const { port } = await server.run();
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: key, secretAccessKey: key };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  return {
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: key,
    },
    async object(name) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: name }));
      return Buffer.from(await Body!.transformToByteArray());
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}
