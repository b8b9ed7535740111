/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyReply } from 'fastify';

import { encode, type Answer } from './answer';
import type { Delivery } from './effects';
import { beneath } from './tls';

interface Wire {
	headers: Record<string, string>;
	bytes: number;
	/** The body's first `limit` bytes in pieces of at most `size`. */
	pieces: (limit: number, size: number) => AsyncIterable<Buffer>;
}

async function* slices(buffer: Buffer, size: number): AsyncIterable<Buffer> {
	for (let at = 0; at < buffer.length; at += size) yield buffer.subarray(at, at + size);
}

function wire(answer: Answer): Wire {
	const { file, headers } = answer;
	if (file) {
		return {
			headers: { 'content-type': answer.contentType ?? 'application/octet-stream', ...headers },
			bytes: file.bytes,
			pieces: (limit, size) =>
				limit === 0
					? slices(Buffer.alloc(0), 1)
					: createReadStream(file.path, { end: limit - 1, highWaterMark: size }),
		};
	}
	const { bytes, contentType } = encode(answer);
	return {
		headers: { 'content-type': contentType, ...headers },
		bytes: bytes.length,
		pieces: (limit, size) => slices(bytes.subarray(0, limit), size),
	};
}

const PIECE_BYTES = 64 * 1024;
const PIECES_PER_SECOND = 10;

const PLAIN_BYTES = 'These bytes are neither HTTP nor TLS.\r\n';

const written = async (raw: ServerResponse, piece: Buffer): Promise<void> =>
	await new Promise((resolve) => {
		// Also called, with an error, when the client has gone: that is no failure of ours.
		raw.write(piece, () => resolve());
	});

/** Sends the first bytes of an answer over the raw response, as fast as told, and leaves the end to the caller. */
async function begin(
	reply: FastifyReply,
	answer: Answer,
	{ limit = Infinity, bytesPerSecond = Infinity, announceLength = true },
): Promise<void> {
	const { headers, bytes, pieces } = wire(answer);
	const { raw } = reply;
	reply.hijack();
	const length = announceLength ? { 'content-length': String(bytes) } : {};
	raw.writeHead(answer.status, { ...headers, ...length });
	raw.flushHeaders();
	const slow = Number.isFinite(bytesPerSecond);
	const size = slow ? Math.max(1, Math.round(bytesPerSecond / PIECES_PER_SECOND)) : PIECE_BYTES;
	for await (const piece of pieces(Math.min(limit, bytes), size)) {
		if (raw.destroyed) return;
		await written(raw, piece);
		if (slow) await sleep((piece.length / bytesPerSecond) * 1000);
	}
}

async function send(reply: FastifyReply, answer: Answer): Promise<void> {
	const { headers, bytes } = wire(answer);
	reply.code(answer.status).headers(headers);
	if (answer.file) {
		reply.header('content-length', bytes);
		await reply.send(createReadStream(answer.file.path));
		return;
	}
	await reply.send(encode(answer).bytes);
}

/** Sends an answer in the given manner. Resolves when nothing is left to do; the client may have gone earlier. */
export async function deliver(reply: FastifyReply, delivery: Delivery): Promise<void> {
	const { raw } = reply;
	switch (delivery.kind) {
		case 'send':
			return await send(reply, delivery.answer);
		case 'hang':
			reply.hijack();
			return;
		case 'plaintext':
			reply.hijack();
			if (raw.socket) beneath(raw.socket).write(PLAIN_BYTES);
			return;
		case 'reset':
			reply.hijack();
			raw.socket?.resetAndDestroy();
			return;
		case 'cut':
			await begin(reply, delivery.answer, { limit: delivery.afterBytes });
			raw.socket?.destroySoon();
			return;
		case 'cut-silently':
			await begin(reply, delivery.answer, { limit: delivery.afterBytes, announceLength: false });
			raw.end();
			return;
		case 'stall':
			return await begin(reply, delivery.answer, { limit: delivery.afterBytes });
		case 'slow':
			await begin(reply, delivery.answer, { bytesPerSecond: delivery.bytesPerSecond });
			raw.end();
			return;
	}
}
