/**
 * Streams as n8n's helpers hand them out. n8n's rules do not allow to import Node's own type.
 */
import { sleep } from 'n8n-workflow';

/** What this package needs of Node's Readable. */
export interface ByteStream extends AsyncIterable<Buffer> {
	map(fn: (chunk: Buffer) => Buffer, options?: { signal?: AbortSignal }): ByteStream;
	on(event: 'error' | 'end', listener: () => void): unknown;
	destroy(error?: Error): unknown;
}

const MAX_TEXT = 1024 * 1024;

/** ms for a short body to arrive, unless the caller has more patience; what came by then counts. */
const PATIENCE = 20_000;

/**
 * The beginning of a body as text (1 MiB at most), parsed where it is JSON. A body that breaks off or
 * stands still counts as far as it came. Never throws.
 *
 * @param patience ms
 */
export async function readText(stream: ByteStream, patience = PATIENCE): Promise<unknown> {
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
	const patienceEnds = async () => {
		for (const end = Date.now() + patience; !done && Date.now() < end; ) await sleep(250);
	};
	await Promise.race([collected, patienceEnds()]);
	stream.destroy();
	return parseText(Buffer.concat(chunks));
}

/** JSON where it is, text otherwise. */
export function parseText(bytes: Buffer): unknown {
	const text = bytes.toString('utf8');
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}
