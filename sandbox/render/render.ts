/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { createHash, randomUUID } from 'node:crypto';
import { open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ExecaChildProcess } from 'execa';

import { ffmpeg } from './ffmpeg';
import { audioSource, videoGraph, type Shot } from './filters';
import { Slots } from './slots';
import type { InputImage } from '../images';

export interface Clip {
	image: InputImage;
	endImage?: InputImage;
	shots: Shot[];
	audio: boolean;
}

export interface RenderSettings {
	/** Where images and videos are kept; removed by its owner. */
	folder: string;
	/** Width of the video, pixels; the height follows the first image. */
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

/** Makes real videos of stills: H.264, and AAC when sound is wanted. Equal clips are rendered once. */
export class Renderer {
	private readonly done = new Map<string, Promise<{ file: string; bytes: number }>>();
	private readonly slots = new Slots(SIMULTANEOUS_RENDERS);
	private readonly running = new Set<ExecaChildProcess>();
	private closed = false;

	constructor(private readonly settings: RenderSettings) {}

	/**
	 * @returns path and size of the MP4; it must not be changed, others may share it
	 * @throws Error with ffmpeg's words when an image cannot be decoded
	 */
	async render(clip: Clip): Promise<{ file: string; bytes: number }> {
		const name = this.fingerprint(clip);
		let rendering = this.done.get(name);
		if (!rendering) {
			rendering = this.slots.run(async () => await this.make(name, clip));
			this.done.set(name, rendering);
			rendering.catch(() => this.done.delete(name));
		}
		return await rendering;
	}

	/** Whether ffmpeg can read the image; its header alone does not tell. */
	async canDecode(image: InputImage): Promise<boolean> {
		const file = await this.save(`${randomUUID()}.${image.format}`, image.bytes);
		try {
			await ffmpeg(['-i', file, '-frames:v', '1', '-f', 'null', '-']);
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

	private fingerprint({ image, endImage, shots, audio }: Clip): string {
		const { width, fps, padBytes } = this.settings;
		const hash = createHash('sha256').update(
			JSON.stringify({ shots, audio, width, fps, padBytes }),
		);
		for (const part of [image, endImage])
			hash.update(`|${part?.bytes.length ?? 0}|`).update(part?.bytes ?? '');
		return hash.digest('hex').slice(0, 32);
	}

	private async make(name: string, clip: Clip): Promise<{ file: string; bytes: number }> {
		const { folder, width, fps, padBytes } = this.settings;
		const images = await Promise.all(
			[clip.image, clip.endImage].flatMap((image, index) =>
				image ? [this.save(`${name}-${index}.${image.format}`, image.bytes)] : [],
			),
		);
		const frame = {
			width: even(width),
			height: even((width * clip.image.height) / clip.image.width),
			fps,
		};
		const file = join(folder, `${name}.mp4`);
		const sound = clip.audio
			? ['-f', 'lavfi', '-i', audioSource(clip.shots), '-map', `${images.length}:a`, '-c:a', 'aac']
			: [];
		if (this.closed) throw new Error('The sandbox was closed');
		// One thread a render: two at once are meant to share a small machine with the tests.
		await ffmpeg(
			[
				...images.flatMap((image) => ['-i', image]),
				...sound,
				...['-filter_complex', videoGraph(clip.shots, frame, images.length > 1), '-map', '[v]'],
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

	private async save(name: string, bytes: Buffer): Promise<string> {
		const path = join(this.settings.folder, name);
		await writeFile(path, bytes);
		return path;
	}
}
