/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import S3rver from '@20minutes/s3rver';

export interface S3 {
	/** For the fields of n8n's S3 credential. */
	credential: { endpoint: string; accessKeyId: string; secretAccessKey: string };
	createBucket(name: string): void;
	/** A stored file as everybody can read it, or undefined. */
	read(bucket: string, key: string): Promise<{ bytes: Buffer; type: string | null } | undefined>;
	close(): Promise<void>;
}

/** The only account that s3rver knows. */
const KEY = 'S3RVER';

/**
 * An S3 server that checks the signature of each request and the MD5 of each file.
 * @param directory where it stores the files
 */
export async function startS3(directory: string): Promise<S3> {
	const options = { address: '127.0.0.1', port: 0, silent: true, vhostBuckets: false };
	const server = new S3rver({ ...options, directory });
	const { port } = await server.run();
	const endpoint = `http://127.0.0.1:${port}`;
	return {
		credential: { endpoint, accessKeyId: KEY, secretAccessKey: KEY },
		createBucket: (name) => mkdirSync(join(directory, name)),
		async read(bucket, key) {
			const answer = await fetch(`${endpoint}/${bucket}/${key}`);
			if (answer.status === 404) return undefined;
			const type = answer.headers.get('content-type');
			return { bytes: Buffer.from(await answer.arrayBuffer()), type };
		},
		async close() {
			server.httpServer.closeAllConnections();
			await server.close();
		},
	};
}
