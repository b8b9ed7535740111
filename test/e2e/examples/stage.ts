/** One real n8n with the examples in it, and behind it a sandbox, an S3 server, and stand-ins for Telegram and a language model. */
import type { Execution } from '../../../harness/drive/api';
import { installN8n, type N8nVersion } from '../../../harness/install';
import { startN8n, type N8n, type Workflow } from '../../../harness/run/n8n';
import type { JobReport, Sandbox } from '../../../sandbox';
import type { Cleanup } from '../../../harness/run/cleanup';
import { readExample } from '../support/examples';
import {
	startLanguageModel,
	type LanguageModel,
	type ModelRequest,
	type Turn,
} from '../support/languageModel';
import { startS3, type S3 } from '../support/s3';
import { testService, type TestService } from '../support/service';
import { startTelegram, type Telegram } from '../support/telegram';

/** A second is less than what the node waits before it first asks. */
export const JOB_SECONDS = 1;

export interface Stage {
	n8n: N8n;
	folder: string;
	service: TestService;
	model: LanguageModel;
	telegram: Telegram;
	s3: S3;
	/** What the language model says from now on. */
	decide: (request: ModelRequest) => Turn;
	/** The imported examples by file name. */
	workflows: Map<string, Workflow>;
	/** Runs `work` and gives the jobs that were submitted meanwhile. */
	jobsOf<T>(work: () => Promise<T>): Promise<{ result: T; jobs: JobReport[] }>;
	/** "Execute workflow" in the editor, until it has ended. */
	runByHand(file: string, trigger?: string): Promise<Execution>;
}

const BOT_TOKEN = '1:example-token-of-nobody';

/** Starts n8n with these examples, all of them published whose triggers others call. */
export async function startStage(
	version: N8nVersion,
	tarball: string,
	files: string[],
	cleanup: Cleanup,
): Promise<Stage> {
	const service = await testService(JOB_SECONDS);
	cleanup.add(async () => await service.sandbox.close());
	const model = await startLanguageModel((request) => stage.decide(request));
	cleanup.add(async () => await model.close());
	const telegram = await startTelegram(BOT_TOKEN);
	cleanup.add(async () => await telegram.close());
	const s3 = await startS3(cleanup.temporaryFolder('segmind-kling-s3-'));
	cleanup.add(async () => await s3.close());
	const workflows = new Map(files.map((file) => [file, readExample(file, service)]));
	const folder = cleanup.temporaryFolder('segmind-kling-examples-');
	const n8n = await startN8n({
		installation: await installN8n(version),
		userFolder: folder,
		tarball,
		credentials: [
			service.credential,
			{
				id: 'OpenAiDemo000001',
				name: 'OpenAI (demo)',
				type: 'openAiApi',
				data: { apiKey: 'example-dummy-key-of-nobody', url: model.url },
			},
			{
				id: 'TelegramDemo0001',
				name: 'Telegram (demo)',
				type: 'telegramApi',
				data: { accessToken: BOT_TOKEN, baseUrl: telegram.url },
			},
			{
				id: 'S3Demo0000000001',
				name: 'S3 (demo)',
				type: 's3',
				data: { ...s3.credential, region: 'us-east-1', forcePathStyle: true },
			},
		],
		workflows: [...workflows.values()],
	});
	cleanup.add(async () => await n8n.stop());
	await n8n.api.setupOwner();
	for (const file of files.filter(isCalledByOthers)) {
		await n8n.api.publish(workflows.get(file)!.id);
	}
	const stage: Stage = {
		n8n,
		folder,
		service,
		model,
		telegram,
		s3,
		decide: () => ({ answer: 'Nobody has told the language model what to say.' }),
		workflows,
		async jobsOf(work) {
			const before = service.jobs().length;
			const result = await work();
			return { result, jobs: service.jobs().slice(before) };
		},
		async runByHand(file, trigger = 'Run by Hand') {
			const id = await n8n.api.runWorkflowManually(workflows.get(file)!.id, trigger);
			return await n8n.api.waitForExecution(id);
		},
	};
	return stage;
}

const isCalledByOthers = (file: string) => /form|approval/.test(file);

/** The account may not ask for its jobs, neither for their status nor for their results: waiting ends. */
export function forbidReads(sandbox: Pick<Sandbox, 'inject'>, error = 'Forbidden'): void {
	for (const stage of ['status', 'result'] as const) {
		sandbox.inject({ stage, fault: { kind: 'respond', status: 403, body: { error } } });
	}
}
