/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/**
 * A mock of MiniMax's video API, as n8n's own node (version 1.2, model MiniMax-H3) speaks it: a task is created, asked
 * for, and its video is fetched from a URL. The videos are copies of the sandbox's.
 */
import Fastify from 'fastify';
import { randomUUID } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import {
	CUT_AFTER,
	REJECTED_BODY,
	REJECTED_STATUS,
	type Misfortune,
	type RequestRecord,
	type Service,
} from './services';

export const MINIMAX_KEY = 'example_minimax_key';

interface Task {
	id: string;
	prompt: string;
	createdAt: number;
	completedAt: number;
	fails: boolean;
}

interface CreateBody {
	content: Array<{ type: string; text?: string }>;
}

export interface MiniMaxService extends Service {
	/** What every task's video is from now on: a copy of what is at this URL. */
	setVideo(url: string): Promise<void>;
}

export async function minimaxService(imageUrl: string): Promise<MiniMaxService> {
	const folder = mkdtempSync(join(tmpdir(), 'segmind-bench-minimax-'));
	const app = Fastify({ forceCloseConnections: true });
	const tasks = new Map<string, Task>();
	const requests: RequestRecord[] = [];
	let seconds = 0;
	let spread = 0;
	/** As the sandbox spreads them. */
	const secondsOf = () => seconds + spread * ((tasks.size * 0.618_034) % 1);
	let video = '';
	let strike: { misfortune: Misfortune; prompt: string; done: boolean } | undefined;

	/** Whether this request meets the misfortune. A refused prompt is refused each time; the rest happens once. */
	const meets = (misfortune: Misfortune, prompt = '') => {
		if (strike?.misfortune !== misfortune || strike.done || !prompt.includes(strike.prompt)) {
			return false;
		}
		strike.done = misfortune !== 'rejected';
		return true;
	};
	const record = (kind: RequestRecord['kind'], job?: string) =>
		requests.push({ at: Date.now(), kind, job });

	app.post<{ Body: CreateBody }>('/v2/video_generation', async ({ body }, reply) => {
		record('submit');
		const prompt = body.content.find(({ type }) => type === 'text')?.text ?? '';
		if (meets('rejected', prompt)) return await reply.code(REJECTED_STATUS).send(REJECTED_BODY);
		const now = Date.now();
		const id = randomUUID();
		const fails = meets('failed', prompt);
		tasks.set(id, { id, prompt, createdAt: now, completedAt: now + secondsOf() * 1000, fails });
		return { task_id: id };
	});

	app.get<{ Params: { id: string } }>(
		'/v2/query/video_generation/:id',
		async ({ params }, reply) => {
			record('status', params.id);
			const task = tasks.get(params.id);
			if (!task) return await reply.code(404).send({ error: 'no such task' });
			if (meets('bad-gateway', task.prompt)) return await reply.code(502).send('Bad Gateway');
			const { id } = task;
			if (Date.now() < task.completedAt) return { task: { id, status: 'processing' } };
			if (task.fails) {
				const error = { code: 'generation_failed', message: 'Generation failed' };
				return { task: { id, status: 'failed', error } };
			}
			return { task: { id, status: 'succeeded', content: { url: `${urlOf()}/files/${id}.mp4` } } };
		},
	);

	app.get<{ Params: { name: string } }>('/files/:name', async ({ params }, reply) => {
		record('download');
		const task = tasks.get(params.name.replace('.mp4', ''));
		const isCut = meets('cut', task?.prompt);
		reply.hijack();
		const { raw } = reply;
		raw.writeHead(200, { 'content-type': 'video/mp4', 'content-length': statSync(video).size });
		const file = createReadStream(video, isCut ? { end: CUT_AFTER - 1 } : {});
		file.pipe(raw, { end: !isCut });
		file.once('end', () => isCut && raw.socket?.destroySoon());
	});

	await app.listen({ host: '127.0.0.1', port: 0 });
	const urlOf = () => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

	return {
		url: urlOf(),
		imageUrl,
		setJobSeconds: (value, more = 0) => ([seconds, spread] = [value, more]),
		strike: (misfortune, prompt) => (strike = { misfortune, prompt, done: false }),
		clearFaults: () => (strike = undefined),
		jobs: (since) =>
			[...tasks.values()]
				.filter(({ createdAt }) => createdAt >= since)
				.map(({ id, completedAt, fails }) => {
					const ended = Date.now() >= completedAt;
					return { id, completedAt, ended, paid: ended && !fails };
				}),
		requests: (since) => requests.filter(({ at }) => at >= since),
		async setVideo(url) {
			const answer = await fetch(url);
			if (!answer.ok || !answer.body) throw new Error(`The video at ${url} cannot be fetched.`);
			const file = join(folder, `${randomUUID()}.mp4`);
			await writeFile(file, answer.body);
			video = file;
		},
		async close() {
			await app.close();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
