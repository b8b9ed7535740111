/**
 * `npm run demo -- --crash` kills n8n while it makes three videos, starts it again, and retries the execution. The
 * account shows three jobs and one bill for each.
 */
import { Cleanup } from '../harness/run/cleanup';
import type { JobReport } from '../sandbox';
import { silent } from './console';
import workflow from './crash-workflow.json';
import { itemsOf, jobsOf, sandboxService, saveFile, startStage, type StageOptions } from './stage';

export interface CrashResult {
	/** The account's jobs after the kill; `jobs` are those at the end. */
	atKill: JobReport[];
	jobs: JobReport[];
	/** The saved MP4s. */
	files: string[];
}

/** The kill must come before the first video is done. */
const JOB_SECONDS = 25;
const NODE = 'Segmind Kling O3';
/** In the order of {@link CrashResult.files}. */
export const CRASH_PROMPTS = [
	'Clouds drift past the summit',
	'Snow begins to fall',
	'The sun sets',
];

/** @throws if any step fails, or a video is missing or paid twice; then nothing is left running */
export async function runCrash(options: StageOptions = {}): Promise<CrashResult> {
	const { report = silent } = options;
	const cleanup = new Cleanup();
	try {
		const service = await sandboxService(JOB_SECONDS);
		cleanup.add(service.close);
		const { sandbox } = service;
		const n8n = await startStage(options, service, workflow, cleanup);

		report.step('4. Submitting three videos in one execution');
		const image = `${sandbox.filesUrl}/samples/mountain.jpg`;
		const videos = CRASH_PROMPTS.map((prompt) => ({ image, prompt }));
		// n8n answers when the execution ends, and this one never ends.
		n8n.api.runWebhook('three-videos', { data: { videos } }).catch(() => {});
		await sandbox.whenJobs((all) => all.length === CRASH_PROMPTS.length);

		report.step('5. All three are being made. Killing n8n (SIGKILL)');
		await n8n.kill();
		const atKill = jobsOf(service);
		report.step(`   The account has ${atKill.length} jobs. Starting n8n again`);
		await n8n.restart();

		const [{ id }] = await n8n.api.executions({ workflowId: workflow.id });
		const { status } = await n8n.api.waitForExecution(id);
		report.step(
			`6. n8n marks execution ${id} as "${status}". Pressing Retry in the executions list`,
		);
		const items = itemsOf(await n8n.api.retry(id, { loadWorkflow: false }), NODE);
		const files: string[] = [];
		for (const { binary } of items) {
			files.push(await saveFile(n8n, binary!.data, `crash-${files.length + 1}.mp4`, options));
		}
		return checked({ atKill, jobs: jobsOf(service), files });
	} finally {
		await cleanup.run();
	}
}

/** @throws if a video is missing or paid twice */
function checked(result: CrashResult): CrashResult {
	const { jobs, files } = result;
	const paid = jobs.filter(({ billed }) => billed).map(({ body }) => body.prompt);
	const isPaidOnce = paid.sort().join() === [...CRASH_PROMPTS].sort().join();
	if (isPaidOnce && jobs.length === paid.length && files.length === paid.length) return result;
	throw new Error(`${files.length} videos, ${jobs.length} jobs, ${paid.length} bills`);
}
