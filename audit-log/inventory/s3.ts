import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DrydockError, messageOf } from '../../ops/errors.ts';
import type { Content, Destination } from './destination.ts';

/** How to reach S3; credentials and region come from the environment, as every AWS program takes them. */
export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the bucket's root. */
  readonly prefix: string;
  /** Of a server that is not Amazon's. */
  readonly endpoint: string | undefined;
}

/** Reads `s3://BUCKET/PREFIX`. @throws USAGE_S3 when there is no bucket in it */
export function s3PlaceOf(address: string, endpoint: string | undefined): S3Place {
  const [bucket = '', ...prefix] = address.slice('s3://'.length).split('/');
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new DrydockError('USAGE_S3', `${address} does not name a bucket.`, {
      hint: 'Write it as s3://BUCKET/PREFIX.',
    });
  }
  return { bucket, prefix: prefix.filter(Boolean).join('/'), endpoint };
}

/** Every object is sent with its sha256, which S3 checks before it accepts it, and encrypted at rest. */
export function s3Destination(place: S3Place): Destination {
  const client = clientOf(place);
  const put = async (name: string, content: Content, type: string) => {
    const key = [place.prefix, name].filter(Boolean).join('/');
    const command = new PutObjectCommand({
      Bucket: place.bucket,
      Key: key,
      Body: Buffer.isBuffer(content) ? content : Buffer.concat([...content]), // S3 wants to know the length
      ContentType: type,
      ChecksumAlgorithm: 'SHA256',
      ServerSideEncryption: 'AES256',
    });
    await client.send(command).catch((error) => refused(place, key, error));
    return `s3://${place.bucket}/${key}`;
  };
  return { create: put, keep: put };
}

/** The content of an object. @throws INVENTORY_READ */
export async function readS3(place: S3Place): Promise<Buffer> {
  const { bucket, prefix: key } = place;
  try {
    const { Body: body } = await clientOf(place).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from(await body!.transformToByteArray());
  } catch (error) {
    throw new DrydockError('INVENTORY_READ', `S3 did not give s3://${bucket}/${key}: ${messageOf(error)}.`, {
      hint: 'Check that it is there, the region and the right to s3:GetObject.',
      cause: error,
    });
  }
}

/** Removes an object; one that is not there is none. */
export async function removeS3(place: S3Place): Promise<void> {
  await clientOf(place).send(new DeleteObjectCommand({ Bucket: place.bucket, Key: place.prefix }));
}

function clientOf({ endpoint }: S3Place): S3Client {
  return new S3Client({
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    requestChecksumCalculation: 'WHEN_SUPPORTED',
  });
}

function refused({ bucket }: S3Place, key: string, error: unknown): never {
  throw new DrydockError('INVENTORY_WRITE', `S3 did not accept s3://${bucket}/${key}: ${messageOf(error)}.`, {
    hint: 'Check the bucket, the region and the right to s3:PutObject.',
    cause: error,
  });
}
