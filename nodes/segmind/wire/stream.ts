/**
 * Streams as n8n's helpers hand them out. n8n's rules do not allow to import Node's own type.
 */
import { sleep } from 'n8n-workflow';

/** What this package needs of Node's Readable. */
export interface ByteStream extends AsyncIterable<Buffer> {
	map(
		fn: (chunk: Buffer) => Buffer,
		options?: { signal?: AbortSignal },
	): ByteStream & { on(event: 'error', listener: () => void): unknown };
	destroy(error?: Error): unknown;
}

const MAX_TEXT = 1024 * 1024;

/** ms for a short body to arrive; what came by then counts. */
const PATIENCE = 20_000;

/**
 * The beginning of a body as text (1 MiB at most), parsed where it is JSON. A body that breaks off or
 * stands still counts as far as it came. Never throws.
 */
export async function readText(stream: ByteStream): Promise<unknown> {
	const chunks: Buffer[] = [];
	let size = 0;
	const collect = async () => {
		for await (const chunk of stream) {
			chunks.push(Buffer.from(chunk));
			size += chunk.length;
			if (size > MAX_TEXT) break;
		}
	};
	let done = false;
	const collected = collect()
		.catch(() => undefined)
		.finally(() => (done = true));
	const patience = async () => {
		for (const end = Date.now() + PATIENCE; !done && Date.now() < end; ) await sleep(250);
	};
	await Promise.race([collected, patience()]);
	stream.destroy();
	const text = Buffer.concat(chunks).toString('utf8');
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}
