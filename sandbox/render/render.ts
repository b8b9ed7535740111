/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { createHash, randomUUID } from 'node:crypto';
import { open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ExecaChildProcess } from 'execa';

import { ffmpeg } from './ffmpeg';
import type { Clip, Input, Plan } from './clip';
import { Slots } from './slots';

export interface RenderSettings {
	/** Where images and videos are kept; removed by its owner. */
	folder: string;
	/** Width of the video, pixels; the height follows the aspect. */
	width: number;
	fps: number;
	/** Size to bring each file to, bytes; 0 leaves it. */
	padBytes: number;
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
	const handle = await open(file, 'a');
	try {
		await handle.write(header);
		await handle.truncate(bytes);
	} finally {
		await handle.close();
	}
}

/** A clip with all that its file depends on. */
interface Order {
	inputs: Input[];
	plan: Plan;
	/** Text files that the plan names, by path. */
	texts: Map<string, string>;
	/** Of the rendered file, the same for the same clip. */
	name: string;
}

const digest = (...parts: Array<string | Buffer>): string => {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(`|${part.length}|`).update(part);
	return hash.digest('hex').slice(0, 32);
};

/** Makes real videos: H.264, and AAC when sound is wanted. Equal clips are rendered once. */
export class Renderer {
	private readonly done = new Map<string, Promise<{ file: string; bytes: number }>>();
	private readonly slots = new Slots(SIMULTANEOUS_RENDERS);
	private readonly running = new Set<ExecaChildProcess>();
	private closed = false;

	constructor(private readonly settings: RenderSettings) {}

	/**
	 * @returns path and size of the MP4; it must not be changed, others may share it
	 * @throws Error with ffmpeg's words when an input cannot be decoded
	 */
	async render(clip: Clip): Promise<{ file: string; bytes: number }> {
		const order = this.order(clip);
		const { name } = order;
		let rendering = this.done.get(name);
		if (!rendering) {
			rendering = this.slots.run(async () => await this.make(order));
			this.done.set(name, rendering);
			rendering.catch(() => this.done.delete(name));
		}
		return await rendering;
	}

	/** Whether ffmpeg can read all of an input; its header alone does not tell. */
	async canDecode(input: Input): Promise<boolean> {
		const file = await this.save(randomUUID(), input);
		try {
			await ffmpeg(['-i', file, '-f', 'null', '-']);
			return true;
		} catch {
			return false;
		}
	}

	/** Ends what is running; later renders are refused. */
	async close(): Promise<void> {
		this.closed = true;
		for (const run of this.running) run.kill('SIGKILL');
		await Promise.allSettled([...this.done.values()]);
	}

	private order({ inputs, aspect, plan }: Clip): Order {
		const { folder, width, fps, padBytes } = this.settings;
		const texts = new Map<string, string>();
		const write = (text: string) => {
			const path = join(folder, `text-${digest(text)}.txt`);
			texts.set(path, text);
			return path;
		};
		const frame = { width: even(width), height: even(width / aspect), fps };
		const planned = plan(frame, write);
		const sources = inputs.map(({ bytes, file = '' }) => bytes ?? file);
		const options = inputs.map((input) => input.options ?? []);
		const name = digest(JSON.stringify({ planned, options, padBytes }), ...sources);
		return { inputs, plan: planned, texts, name };
	}

	private async make({
		inputs,
		plan,
		texts,
		name,
	}: Order): Promise<{ file: string; bytes: number }> {
		const { folder, padBytes } = this.settings;
		for (const [path, text] of texts) await writeFile(path, text);
		const sources = await Promise.all(
			inputs.map(async (input, index) => [
				...(input.options ?? []),
				...['-i', await this.save(`${name}-${index}`, input)],
			]),
		);
		const file = join(folder, `${name}.mp4`);
		if (this.closed) throw new Error('The sandbox was closed');
		// One thread a render: two at once are meant to share a small machine with the tests.
		await ffmpeg(
			[
				...sources.flat(),
				...plan.output,
				...['-filter_complex', plan.graph, '-map', '[v]'],
				...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '24', '-threads', '1'],
				...['-movflags', '+faststart', file],
			],
			(run) => {
				this.running.add(run);
				void run.finally(() => this.running.delete(run)).catch(() => {});
			},
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
