/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Accounts, balance } from './account';
import { Changes } from './changes';
import { FaultBook } from './faults';
import { HostedFiles } from './files';
import { Jobs, type Job } from './jobs';
import { RequestLog } from './log';
import { RateLimiter } from './rateLimit';
import { Renderer } from './render/render';
import { SAMPLE_FILES } from './samples';
import type { AccountReport, JobReport, Origin, SandboxOptions, Settings } from './types';

export const RECORD_SECONDS = 3600;

/** Everything the routes share. */
export interface Service {
	settings: Settings;
	accounts: Accounts;
	jobs: Jobs;
	files: HostedFiles;
	faults: FaultBook;
	log: RequestLog;
	limiter: RateLimiter;
	changes: Changes;
	renderer: Renderer;
	/** Temporary folder for uploads and videos. */
	folder: string;
	/** Set once the listeners have their ports; no trailing slash. */
	urls: Record<Origin, string> & { tls?: string };
	/** Aborted when the sandbox closes. */
	closed: AbortSignal;
	close(): Promise<void>;
}

export async function createService(options: SandboxOptions): Promise<Service> {
	const folder = await mkdtemp(join(tmpdir(), 'segmind-sandbox-'));
	const closing = new AbortController();
	// Every running job listens; Node would take more than ten for a leak.
	setMaxListeners(0, closing.signal);
	const changes = new Changes();
	const files = new HostedFiles(SAMPLE_FILES);
	const renderer = new Renderer({
		folder,
		...(options.render ?? { width: 640, fps: 24 }),
		padBytes: options.padBytes ?? 0,
	});
	const { recordSeconds = RECORD_SECONDS } = options;
	const urls: Service['urls'] = { gateway: '', storage: '', files: '', history: '' };
	const settings: Settings = {
		jobSeconds: options.jobSeconds ?? 5,
		jobSpreadSeconds: 0,
		v1Response: options.v1Response ?? 'video',
		v1RequestId: 'both',
		resultShape: 'full',
		unfinishedResult: 200,
		failedWith: 422,
		uploadResponse: 'file_urls',
		unknownFields: 'fail',
		rateLimitReset: 'iso',
		rateWindowSeconds: 60,
		rateWindowStart: 'first-request',
		freshFileRefusals: 0,
		freshFileStatus: 403,
		historyAvailable: true,
		historyLagSeconds: 0,
		historyEnvelope: 'generations',
		historyTimestamp: 'iso',
		historyRowsPerRequest: 1,
		historyClockOffsetSeconds: 0,
		...options.settings,
	};
	return {
		settings,
		accounts: new Accounts({
			credits: options.credits ?? 100,
			requestsPerMinute: options.requestsPerMinute ?? 0,
		}),
		jobs: new Jobs({
			...{ settings, changes, files, renderer, recordSeconds, folder },
			closed: closing.signal,
			ownVideo: (url) =>
				url.startsWith(`${urls.files}/videos/`)
					? files.find(url.slice(urls.files.length))
					: undefined,
		}),
		...{ files, changes, folder, renderer },
		faults: new FaultBook(),
		log: new RequestLog(changes),
		limiter: new RateLimiter(),
		urls,
		closed: closing.signal,
		async close() {
			closing.abort();
			changes.close();
			await renderer.close();
			// Retries: a process that was just killed may still have put a file there.
			await rm(folder, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

export const jobReport = (service: Service, job: Job): JobReport => ({
	requestId: job.requestId,
	model: job.model,
	api: job.api,
	body: job.request,
	status: job.status,
	createdAt: job.createdAt,
	completedAt: job.completedAt,
	cost: job.status === 'FAILED' ? 0 : job.price,
	billed: job.billed,
	videoUrl: job.video && service.urls.files + job.video.path,
	error: job.error,
});

/** Jobs of one account or of all, oldest first. Throws for an unknown key. */
export function jobReports(service: Service, key?: string): JobReport[] {
	const account = key === undefined ? undefined : service.accounts.get(key);
	return service.jobs
		.all()
		.filter((job) => account === undefined || job.account === account)
		.map((job) => jobReport(service, job));
}

/** Throws for an unknown key. */
export function accountReport(service: Service, key: string): AccountReport {
	const account = service.accounts.get(key);
	return {
		key,
		balance: balance(account),
		spent: account.spent,
		jobs: jobReports(service, key),
		uploads: [...account.uploads],
	};
}
