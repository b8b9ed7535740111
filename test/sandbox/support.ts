/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import axios, { type AxiosRequestConfig, type AxiosResponse } from 'axios';

import {
	startSandbox,
	type AccountOptions,
	type JobReport,
	type Sandbox,
	type SandboxOptions,
} from '../../sandbox';
import { ffmpeg } from '../../sandbox/render/ffmpeg';

export const MODEL = 'kling-o3-image2video';

/** Small and quick: what is rendered matters to render.test.ts only. */
const QUICK: SandboxOptions = { jobSeconds: 0.05, render: { width: 96, fps: 4 } };

/** Any status is an answer; only a broken connection rejects. */
export const http = axios.create({
	validateStatus: () => true,
	maxRedirects: 0,
	maxBodyLength: Infinity,
});

/** The sandbox's own interface over HTTP; what it refuses rejects. */
export const inspect = ({ gatewayUrl }: Pick<Sandbox, 'gatewayUrl'>) =>
	axios.create({ baseURL: `${gatewayUrl}/_sandbox` });

export interface Caller {
	key: string;
	/** A valid body; fields given replace its own, `undefined` removes. */
	body(fields?: object): Record<string, unknown>;
	submit(fields?: object, config?: AxiosRequestConfig): Promise<AxiosResponse>;
	generate(fields?: object, config?: AxiosRequestConfig): Promise<AxiosResponse>;
	status(requestId: string, config?: AxiosRequestConfig): Promise<AxiosResponse>;
	result(requestId: string, config?: AxiosRequestConfig): Promise<AxiosResponse>;
	balance(config?: AxiosRequestConfig): Promise<AxiosResponse>;
	upload(body: unknown, config?: AxiosRequestConfig): Promise<AxiosResponse>;
	/** Submits a body as it is to a model, and waits for the end of the job. */
	order(model: string, body: object): Promise<JobReport>;
	/** A call of the history host; `query` is what follows the path. */
	history(path: string, query?: object, config?: AxiosRequestConfig): Promise<AxiosResponse>;
	/** Submits and waits for the end of the job; its id. */
	finish(fields?: object): Promise<string>;
}

/** An account of the sandbox and the calls it makes. */
export function caller(sandbox: Sandbox, account?: AccountOptions): Caller {
	const { key } = sandbox.createAccount(account);
	const { gatewayUrl, storageUrl, filesUrl, historyUrl } = sandbox;
	const withKey = (config: AxiosRequestConfig = {}): AxiosRequestConfig => ({
		...config,
		headers: { 'x-api-key': key, ...config.headers },
	});
	const requestUrl = (id: string) => `${gatewayUrl}/v2/requests/${encodeURIComponent(id)}`;
	const self: Caller = {
		key,
		body: (fields = {}) => ({
			prompt: 'Clouds drift past the summit',
			image_url: `${filesUrl}/samples/mountain.jpg`,
			duration: '3',
			...fields,
		}),
		submit: async (fields, config) =>
			await http.post(`${gatewayUrl}/v2/${MODEL}`, self.body(fields), withKey(config)),
		generate: async (fields, config) =>
			await http.post(`${gatewayUrl}/v1/${MODEL}`, self.body(fields), withKey(config)),
		status: async (id, config) => await http.get(`${requestUrl(id)}/status`, withKey(config)),
		result: async (id, config) => await http.get(requestUrl(id), withKey(config)),
		balance: async (config) => await http.get(`${gatewayUrl}/v1/get-user-credits`, withKey(config)),
		upload: async (body, config) =>
			await http.post(`${storageUrl}/upload-asset`, body, withKey(config)),
		async order(model, body) {
			const { status, data } = await http.post(`${gatewayUrl}/v2/${model}`, body, withKey());
			if (status !== 200) throw new Error(`${status} ${JSON.stringify(data)}`);
			const id = (data as { request_id: string }).request_id;
			await ended(sandbox, id);
			return sandbox.account(key).jobs.find(({ requestId }) => requestId === id)!;
		},
		history: async (path, params, config) =>
			await http.get(`${historyUrl}/inference-request/${path}`, withKey({ params, ...config })),
		async finish(fields) {
			const { data } = await self.submit(fields);
			const id = (data as { request_id: string }).request_id;
			await ended(sandbox, id);
			return id;
		},
	};
	return self;
}

/** Waits until the job is COMPLETED or FAILED. */
export const ended = async (sandbox: Sandbox, requestId: string): Promise<void> =>
	await sandbox.whenJobs((jobs) =>
		jobs.some((job) => job.requestId === requestId && job.completedAt !== undefined),
	);

/** A sandbox for a test file, closed after its last test. */
export function useSandbox(options: SandboxOptions = {}): { current: Sandbox } {
	const holder = {} as { current: Sandbox };
	beforeAll(async () => {
		holder.current = await startSandbox({ ...QUICK, ...options });
	});
	afterAll(async () => await holder.current.close());
	afterEach(() => holder.current.clearFaults());
	return holder;
}

async function draw(extension: string, args: string[]): Promise<Buffer> {
	const folder = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
	try {
		const file = join(folder, `drawn.${extension}`);
		await ffmpeg([...args, file]);
		return await readFile(file);
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** Draws a one-colored image. @param extension decides the format */
export async function drawImage(size: string, extension: string): Promise<Buffer> {
	// Scaled in RGB: sources in YUV round odd sizes.
	const exactly = `format=rgb24,scale=${size.replace('x', ':')}`;
	return await draw(extension, [
		...['-f', 'lavfi', '-i', 'color=teal', '-vf', exactly],
		...['-frames:v', '1'],
	]);
}

/** Draws a video whose left half is red and whose right half is blue. @param extension decides the format */
export async function drawVideo(
	size: string,
	seconds: number,
	{ extension = 'mp4', fps = 24, audio = false } = {},
): Promise<Buffer> {
	const [width, height] = size.split('x');
	const source = `color=blue:s=${size}:r=${fps}:d=${seconds},drawbox=w=${Number(width) / 2}:h=${height}:color=red:t=fill`;
	const codec =
		extension === 'webm' ? ['-c:v', 'libvpx', '-deadline', 'realtime'] : ['-preset', 'ultrafast'];
	const sound = audio ? ['-f', 'lavfi', '-i', `sine=330:d=${seconds}`] : [];
	return await draw(extension, [
		...['-f', 'lavfi', '-i', source, ...sound, ...codec],
		...['-pix_fmt', 'yuv420p', '-threads', '1'],
	]);
}

export const dataUrl = (bytes: Buffer, type: string): string =>
	`data:${type};base64,${bytes.toString('base64')}`;
