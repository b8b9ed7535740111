/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Value } from '@sinclair/typebox/value';

import { Accounts, balance } from './account';
import { Changes } from './changes';
import { FaultBook } from './faults';
import { Jobs, type Job } from './jobs';
import type { RequestReport } from './log';
import { RateLimiter } from './rateLimit';
import { Renderer } from './render/render';
import { SAMPLE_FILES } from './samples';
import { SETTINGS, type Origin, type SandboxOptions, type Settings } from './tables';

/** What the jobs need. @param closed aborted when the sandbox closes */
async function createShared(options: SandboxOptions, closed: AbortSignal) {
	const { render = { width: 640, fps: 24 }, padBytes = 0, jobSeconds } = options;
	const folder = await mkdtemp(join(tmpdir(), 'segmind-sandbox-'));
	const urls: Record<Origin, string> = { gateway: '', storage: '', files: '', history: '' };
	return {
		settings: Value.Default(SETTINGS, { jobSeconds, ...options.settings }) as Settings,
		changes: new Changes(),
		renderer: new Renderer({ folder, ...render, padBytes, closed }),
		/** For uploads and videos, temporary. */
		folder,
		/** What the files origin serves, by path. */
		files: new Map(SAMPLE_FILES.map((file) => [file.path, { ...file }])),
		/** Set once the listeners have their ports; no trailing slash. */
		urls: urls as typeof urls & { tls?: string },
		recordSeconds: options.recordSeconds ?? 3600,
		closed,
	};
}
export type Shared = Awaited<ReturnType<typeof createShared>>;

/** Everything the routes share. */
export async function createService(options: SandboxOptions) {
	const closing = new AbortController();
	// Every running job listens; Node would take more than ten for a leak.
	setMaxListeners(0, closing.signal);
	const shared = await createShared(options, closing.signal);
	return {
		...shared,
		accounts: new Accounts(options.credits ?? 100, options.requestsPerMinute ?? 0),
		jobs: new Jobs(shared),
		faults: new FaultBook(),
		/** Every request that was received. */
		requests: [] as RequestReport[],
		limiter: new RateLimiter(),
		async close() {
			closing.abort();
			shared.changes.close();
			await shared.renderer.settled();
			// Retries: a process that was just killed may still have put a file there.
			await rm(shared.folder, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}
export type Service = Awaited<ReturnType<typeof createService>>;

function jobReport({ urls }: Service, job: Job) {
	const { requestId, model, api, request, status, createdAt, completedAt, billed, error } = job;
	/** As received, unknown fields included. */
	const body: Record<string, unknown> = request;
	/** Price of the job; 0 once it has failed. */
	const cost = status === 'FAILED' ? 0 : job.price;
	const videoUrl = job.video && urls.files + job.video.path;
	const times = { createdAt, completedAt };
	return { requestId, model, api, body, status, ...times, cost, billed, videoUrl, error };
}
export type JobReport = ReturnType<typeof jobReport>;

/** Jobs of one account or of all, oldest first. Throws for an unknown key. */
export function jobReports(service: Service, key?: string): JobReport[] {
	const account = key === undefined ? undefined : service.accounts.known(key);
	return service.jobs.all(account).map((job) => jobReport(service, job));
}

/** Throws for an unknown key. */
export function accountReport(service: Service, key: string) {
	const account = service.accounts.known(key);
	const { spent, uploads } = account;
	const jobs = jobReports(service, key);
	return { key, balance: balance(account), spent, jobs, uploads: [...uploads] };
}
export type AccountReport = ReturnType<typeof accountReport>;
