/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/**
 * `npm run demo -- --crash`: n8n is killed while three videos are being made, started again, and the execution
 * is retried. The account shows three jobs and one bill for each.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { installN8n, type N8nVersion } from '../harness/install';
import { startN8n, type Workflow } from '../harness/n8n';
import { buildAndPack } from '../harness/pack';
import type { JobReport } from '../sandbox';
import { silent, type Reporter } from './console';
import { sandboxService } from './service';

export interface CrashOptions {
	/** @default '2.41.1' */
	version?: N8nVersion;
	/** A packed package. @default one built now */
	tarball?: string;
	/** @default demo/output */
	outputFolder?: string;
	report?: Reporter;
}

export interface CrashResult {
	/** The account's jobs when n8n was dead, and in the end. */
	atKill: JobReport[];
	jobs: JobReport[];
	/** The saved MP4s. */
	files: string[];
}

/** Long enough for n8n to be dead before the first video is done. */
const JOB_SECONDS = 25;
const NODE = 'Segmind Kling O3';
/** Of the videos, in the order of {@link CrashResult.files}. */
export const CRASH_PROMPTS = [
	'Clouds drift past the summit',
	'Snow begins to fall',
	'The sun sets',
];

/**
 * @throws when any step fails, or a video is missing or paid twice; nothing is left running then
 */
export async function runCrash(options: CrashOptions = {}): Promise<CrashResult> {
	const { version = '2.41.1', report = silent } = options;
	const userFolder = mkdtempSync(join(tmpdir(), 'segmind-kling-crash-'));
	const ends: Array<() => Promise<void> | void> = [
		() => rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 }),
	];
	try {
		report.step('1. Building and packing the node');
		const tarball = options.tarball ?? (await buildAndPack());
		if (!options.tarball) {
			ends.push(() => rmSync(dirname(tarball), { recursive: true, force: true }));
		}
		const installation = await installN8n(version, (line) => report.step(`   ${line}`));
		const service = await sandboxService(JOB_SECONDS);
		ends.push(async () => await service.close());
		const sandbox = service.sandbox!;
		const jobs = () => sandbox.account(service.credential.apiKey).jobs;

		report.step(`2. Starting n8n ${version}, with a local sandbox of Segmind`);
		const workflow = JSON.parse(
			readFileSync(join(__dirname, 'crash-workflow.json'), 'utf8'),
		) as Workflow;
		const { segmindApi } = workflow.nodes.find(({ name }) => name === NODE)!.credentials as {
			segmindApi: { id: string; name: string };
		};
		const n8n = await startN8n({
			installation,
			userFolder,
			tarball,
			credentials: [{ ...segmindApi, type: 'segmindApi', data: service.credential }],
			workflows: [workflow],
			log: (line) => report.step(`   ${line}`),
		});
		ends.push(async () => await n8n.stop());
		await n8n.api.setupOwner();

		report.step('3. Three videos are ordered in one execution');
		const image = `${sandbox.filesUrl}/samples/mountain.jpg`;
		const videos = CRASH_PROMPTS.map((prompt) => ({ image, prompt }));
		// Answered when the execution ends, which this one never does.
		n8n.api.runWebhook('three-videos', { data: { videos } }).catch(() => {});
		await sandbox.whenJobs((all) => all.length === CRASH_PROMPTS.length);

		report.step('4. All three are being made. Killing n8n (SIGKILL)');
		await n8n.kill();
		const atKill = jobs();
		report.step(`   The account has ${atKill.length} jobs. Starting n8n again`);
		await n8n.restart();

		const [{ id }] = await n8n.api.executions({ workflowId: workflow.id });
		const crashed = await n8n.api.waitForExecution(id);
		report.step(
			`5. n8n marks execution ${id} as "${crashed.status}". Pressing Retry in the executions list`,
		);
		const retried = await n8n.api.retry(id, { loadWorkflow: false });
		const ended = await n8n.api.waitForExecution(retried.id);
		if (ended.status !== 'success') {
			throw new Error(
				`The retry ended with "${ended.status}": ${ended.data.resultData.error?.message}`,
			);
		}

		const folder = options.outputFolder ?? join(__dirname, 'output');
		mkdirSync(folder, { recursive: true });
		const output = ended.data.resultData.runData[NODE][0].data!.main[0]!;
		const files: string[] = [];
		for (const [index, { binary }] of output.entries()) {
			const file = join(folder, `crash-${index + 1}.mp4`);
			writeFileSync(file, await n8n.api.binary(binary!.data.id!));
			files.push(file);
		}
		const result = { atKill, jobs: jobs(), files };
		check(result);
		return result;
	} finally {
		for (const end of ends.reverse()) await end();
	}
}

/** The promise itself. */
function check({ jobs, files }: CrashResult): void {
	const paid = jobs.filter(({ billed }) => billed);
	const isKept =
		files.length === CRASH_PROMPTS.length &&
		jobs.length === CRASH_PROMPTS.length &&
		CRASH_PROMPTS.every((prompt) => paid.filter(({ body }) => body.prompt === prompt).length === 1);
	if (!isKept) {
		throw new Error(`${files.length} videos, ${jobs.length} jobs, ${paid.length} bills`);
	}
}
