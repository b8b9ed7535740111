/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { createHash, randomUUID } from 'node:crypto';
import { appendFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import pLimit from 'p-limit';

import { ffmpeg } from './ffmpeg';
import type { Clip, Input, Plan } from './clip';

export interface RenderSettings {
	/** Where images and videos are kept; removed by its owner. */
	folder: string;
	/** Width of the video, pixels; the height follows the aspect. */
	width: number;
	fps: number;
	/** Size to bring each file to, bytes; 0 leaves it. */
	padBytes: number;
	/** Aborted when the sandbox closes: ends what is running, and later renders are refused. */
	closed: AbortSignal;
}

const SIMULTANEOUS_RENDERS = 2;
/** An MP4 box starts with its length (4 bytes) and its type (4 bytes). */
const BOX_HEADER_BYTES = 8;

const even = (pixels: number): number => Math.max(2, Math.round(pixels / 2) * 2);

/** Appends a `free` box, which players skip. The file's tail stays sparse on disk. */
async function pad(file: string, bytes: number): Promise<void> {
	const { size } = await stat(file);
	const boxBytes = bytes - size;
	if (boxBytes < BOX_HEADER_BYTES) return;
	const header = Buffer.alloc(BOX_HEADER_BYTES);
	header.writeUInt32BE(boxBytes);
	header.write('free', 4, 'ascii');
	await appendFile(file, header);
	await truncate(file, bytes);
}

const digest = (...parts: Array<string | Buffer>): string => {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(`|${part.length}|`).update(part);
	return hash.digest('hex').slice(0, 32);
};

/** Path and size of an MP4; it must not be changed, others may share it. */
export interface Rendered {
	file: string;
	bytes: number;
}

/** Makes real videos: H.264, and AAC when sound is wanted. Equal clips are rendered once. */
export class Renderer {
	private readonly done = new Map<string, Promise<Rendered>>();
	private readonly inTurn = pLimit(SIMULTANEOUS_RENDERS);

	constructor(private readonly settings: RenderSettings) {}

	/** @throws Error with ffmpeg's words when an input cannot be decoded */
	async render({ inputs, aspect, plan }: Clip): Promise<Rendered> {
		const { folder, width, fps, padBytes } = this.settings;
		/** Text files that the plan names, by path. */
		const texts = new Map<string, string>();
		const write = (text: string) => {
			const path = join(folder, `text-${digest(text)}.txt`);
			texts.set(path, text);
			return path;
		};
		const planned = plan({ width: even(width), height: even(width / aspect), fps }, write);
		const sources = inputs.map(({ bytes, file = '' }) => bytes ?? file);
		const options = inputs.map((input) => input.options ?? []);
		/** Of all that the file depends on: the same for the same clip. */
		const name = digest(JSON.stringify({ planned, options, padBytes }), ...sources);
		let rendering = this.done.get(name);
		if (!rendering) {
			rendering = this.inTurn(async () => await this.make(name, inputs, planned, texts));
			this.done.set(name, rendering);
			rendering.catch(() => this.done.delete(name));
		}
		return await rendering;
	}

	/** Whether ffmpeg can read all of an input; its header alone does not tell. */
	async canDecode(input: Input): Promise<boolean> {
		const file = await this.save(randomUUID(), input);
		return await ffmpeg(['-i', file, '-f', 'null', '-']).then(
			() => true,
			() => false,
		);
	}

	/** Resolves when nothing runs any more. */
	async settled(): Promise<void> {
		await Promise.allSettled([...this.done.values()]);
	}

	private async make(
		name: string,
		inputs: Input[],
		{ graph, output }: Plan,
		texts: Map<string, string>,
	): Promise<Rendered> {
		const { folder, padBytes, closed } = this.settings;
		for (const [path, text] of texts) await writeFile(path, text);
		const sources = await Promise.all(
			inputs.map(async (input, index) => [
				...(input.options ?? []),
				...['-i', await this.save(`${name}-${index}`, input)],
			]),
		);
		const file = join(folder, `${name}.mp4`);
		closed.throwIfAborted();
		// One thread a render: two at once are meant to share a small machine with the tests.
		const encoding = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '24', '-threads', '1'];
		const filters = [...output, '-filter_complex', graph, '-map', '[v]'];
		await ffmpeg(
			[...sources.flat(), ...filters, ...encoding, '-movflags', '+faststart', file],
			closed,
		);
		await pad(file, padBytes);
		return { file, bytes: (await stat(file)).size };
	}

	/** Where an input lies on disk. */
	private async save(name: string, { file, bytes, extension }: Input): Promise<string> {
		if (file !== undefined) return file;
		const path = join(this.settings.folder, `${name}.${extension}`);
		await writeFile(path, bytes ?? '');
		return path;
	}
}
