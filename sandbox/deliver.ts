/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import type { FastifyReply } from 'fastify';

import { encode, type Answer } from './answer';
import type { Delivery } from './effects';
import type { Fault } from './tables';
import { beneath } from './tls';

async function* slices(buffer: Buffer, size: number): AsyncIterable<Buffer> {
	for (let at = 0; at < buffer.length; at += size) yield buffer.subarray(at, at + size);
}

const PIECE_BYTES = 64 * 1024;
const PIECES_PER_SECOND = 10;
const PLAIN_BYTES = 'These bytes are neither HTTP nor TLS.\r\n';

const written = async (raw: ServerResponse, piece: Buffer): Promise<void> =>
	await new Promise((resolve) => {
		// Also called, with an error, when the client has gone: that is no failure of ours.
		raw.write(piece, () => resolve());
	});

/** Sends an answer over the raw response, as much and as fast as the fault lets through, and leaves the end open. */
async function begin(raw: ServerResponse, answer: Answer, fault: Fault): Promise<void> {
	const { status, file } = answer;
	const { headers, bytes, length } = encode(answer);
	const announced = fault.kind === 'cut-silently' ? {} : { 'content-length': String(length) };
	raw.writeHead(status, { ...headers, ...announced });
	raw.flushHeaders();
	const limit = Math.min(length, 'afterBytes' in fault ? fault.afterBytes : length);
	const speed = fault.kind === 'slow' ? fault.bytesPerSecond : undefined;
	const size = speed ? Math.max(1, Math.round(speed / PIECES_PER_SECOND)) : PIECE_BYTES;
	const pieces: AsyncIterable<Buffer> =
		file && limit > 0
			? createReadStream(file.file, { end: limit - 1, highWaterMark: size })
			: slices(bytes.subarray(0, limit), size);
	for await (const piece of pieces) {
		if (raw.destroyed) return;
		await written(raw, piece);
		if (speed) await sleep((piece.length / speed) * 1000);
	}
}

async function send(reply: FastifyReply, answer: Answer): Promise<void> {
	const { headers, bytes, length } = encode(answer);
	reply.code(answer.status).headers({ ...headers, 'content-length': length });
	await reply.send(answer.file ? createReadStream(answer.file.file) : bytes);
}

/**
 * The connection of an answer. It has none yet where its request came so soon that the answer before it, on the same
 * connection, has not ended.
 */
async function socketOf(raw: ServerResponse): Promise<Socket> {
	const { socket } = raw.req;
	while (!raw.socket && !socket.destroyed) await nextTurn();
	return socket;
}

/** Sends what there is to send. Resolves when nothing is left to do; the client may have gone earlier. */
export async function deliver(reply: FastifyReply, { answer, fault }: Delivery): Promise<void> {
	if (answer && !fault) return await send(reply, answer);
	const { raw } = reply;
	reply.hijack();
	if (answer && fault) await begin(raw, answer, fault);
	switch (fault?.kind) {
		case 'plaintext':
			beneath(await socketOf(raw)).write(PLAIN_BYTES);
			return;
		case 'reset':
			(await socketOf(raw)).resetAndDestroy();
			return;
		case 'cut':
			(await socketOf(raw)).destroySoon();
			return;
		case 'cut-silently':
		case 'slow':
			raw.end();
			return;
	}
}
