/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/**
 * A mock of MiniMax's video API, as n8n's own node (version 1.2, model MiniMax-H3) speaks it, in front of a sandbox of
 * Segmind: each task is one of the sandbox's jobs, with its faults, and its video is the sandbox's file.
 */
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';

interface CreateBody {
	content: Array<{ type: string; text?: string }>;
}

/** What the sandbox answers. */
export interface Answer {
	status: number;
	/** Of a job that exists. */
	body: { request_id?: string; status?: string };
}

export interface Backend {
	submit(prompt: string): Promise<Answer>;
	status(id: string): Promise<Answer>;
	/** Of a job that is done. */
	videoUrl(id: string): string | undefined;
}

/** Status of the answer about a job that failed. */
const FAILED = 422;

/** Starts it. */
export async function startMiniMax(backend: Backend) {
	const app = Fastify({ forceCloseConnections: true });
	app.post<{ Body: CreateBody }>('/v2/video_generation', async (request, reply) => {
		const prompt = request.body.content.find(({ type }) => type === 'text')?.text ?? '';
		const { status, body } = await backend.submit(prompt);
		return await reply.code(status).send(status === 200 ? { task_id: body.request_id } : body);
	});
	app.get<{ Params: { id: string } }>('/v2/query/video_generation/:id', async (request, reply) => {
		const { id } = request.params;
		const { status, body } = await backend.status(id);
		if (status === FAILED) {
			const error = { code: 'generation_failed', message: 'Generation failed' };
			return { task: { id, status: 'failed', error } };
		}
		if (status !== 200) return await reply.code(status).send(body);
		if (body.status !== 'COMPLETED') return { task: { id, status: 'processing' } };
		return { task: { id, status: 'succeeded', content: { url: backend.videoUrl(id) } } };
	});
	await app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = app.server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, close: async () => await app.close() };
}
