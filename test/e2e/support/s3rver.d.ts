/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** What the tests use of a package that has no types of its own. */
declare module '@20minutes/s3rver' {
	import type { Server } from 'node:http';

	export default class S3rver {
		constructor(options: {
			address: string;
			port: number;
			directory: string;
			silent: boolean;
			vhostBuckets: boolean;
		});
		readonly httpServer: Server;
		run(): Promise<{ port: number }>;
		close(): Promise<void>;
	}
}
