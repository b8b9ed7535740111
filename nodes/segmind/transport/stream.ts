/**
 * Bodies that are still arriving, as n8n's helpers return them. n8n's rules do not allow us to import Node's own
 * type.
 */
import { after } from './clock';

/** The part of Node's Readable that this package needs. */
export interface ByteStream extends AsyncIterable<Buffer> {
	map(fn: (chunk: Buffer) => Buffer, options?: { signal?: AbortSignal }): ByteStream;
	read(): Buffer | null;
	unshift(chunk: Buffer): void;
	on(event: StreamEvent, listener: () => void): unknown;
	off(event: StreamEvent, listener: () => void): unknown;
	destroy(error?: Error): unknown;
	readonly destroyed: boolean;
	readonly readableEnded: boolean;
}

type StreamEvent = 'readable' | 'error' | 'end' | 'close';

/** The body of an answer that is still arriving. */
export interface OpenBody {
	stream: ByteStream;
	/**
	 * Ends the request. To destroy the stream is not enough: n8n 2.x returns an async generator around the connection,
	 * and that waits for the current read, without end on a stalled connection.
	 */
	end: () => void;
}

/** @param end ends the request that brings the body */
export function openBody(stream: ByteStream, end: () => void): OpenBody {
	// The reader gets the error. Without a second listener, Node would call it unhandled.
	stream.on('error', () => {});
	return { stream, end };
}

/** The first bytes of a body. */
export interface Beginning {
	/**
	 * `open`: enough bytes are there, and more may come. `whole`: the body has ended. `broken`: the connection broke.
	 * `late`: not enough bytes came in time, and the request was ended.
	 */
	kind: 'open' | 'whole' | 'broken' | 'late';
	/** These bytes. If the body is `open`, its stream still delivers them too. */
	bytes: Buffer;
}

/**
 * Waits for the first bytes of a body. Never throws.
 *
 * @param count how many are wanted
 * @param patience ms
 */
export async function beginningOf(
	{ stream, end }: OpenBody,
	count: number,
	patience: number,
): Promise<Beginning> {
	const held: Buffer[] = [];
	return await new Promise((resolve) => {
		const finish = (kind: Beginning['kind']) => {
			for (const [event, listener] of listeners) stream.off(event, listener);
			takeBack();
			const bytes = Buffer.concat(held);
			// Do this at once: after its end event, a stream takes nothing back.
			if (kind === 'open') stream.unshift(bytes);
			if (kind === 'late') end();
			resolve({ kind, bytes });
		};
		const look = () => {
			let size = 0;
			for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) held.push(chunk);
			for (const { length } of held) size += length;
			if (size >= count) finish('open');
		};
		const listeners: Array<[StreamEvent, () => void]> = [
			['readable', look],
			['end', () => finish('whole')],
			['error', () => finish('broken')],
			['close', () => finish('broken')],
		];
		const takeBack = after(patience, () => finish('late'));
		for (const [event, listener] of listeners) stream.on(event, listener);
		if (stream.readableEnded) finish('whole');
		else if (stream.destroyed) finish('broken');
	});
}

const MAX_TEXT = 1024 * 1024;

/** Default time (ms) for a short body to arrive. What came by then counts. */
const PATIENCE = 20_000;

/**
 * Reads a body as text (1 MiB at most), and parses JSON. If the body breaks off or stalls, the part that came counts.
 * Ends the request. Never throws.
 *
 * @param patience ms
 */
export async function readText(
	{ stream, end }: OpenBody,
	patience = PATIENCE,
	beginning?: Beginning,
): Promise<unknown> {
	const isRead = beginning !== undefined && beginning.kind !== 'open';
	const chunks = isRead ? [beginning.bytes] : [];
	let size = 0;
	const collect = async () => {
		for await (const chunk of stream) {
			chunks.push(Buffer.from(chunk));
			size += chunk.length;
			if (size > MAX_TEXT) break;
		}
	};
	if (!isRead) {
		let takeBack = () => {};
		const late = new Promise<void>((resolve) => {
			takeBack = after(patience, resolve);
		});
		await Promise.race([collect().catch(() => undefined), late]);
		takeBack();
	}
	end();
	stream.destroy();
	return parseText(Buffer.concat(chunks));
}

export function parseText(bytes: Buffer): unknown {
	const text = bytes.toString('utf8');
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}
