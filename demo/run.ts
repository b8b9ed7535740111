/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** The demo as a function. The command runs it, and the end-to-end test checks its result. */
import { basename, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution } from '../harness/drive/api';
import { Cleanup } from '../harness/run/cleanup';
import type { N8n, Workflow } from '../harness/run/n8n';
import { imageToVideo } from '../nodes/KlingO3/models/imageToVideo';
import type { Model } from '../nodes/KlingO3/models/model';
import { probe, type Probe } from '../sandbox/render/probe';
import { silent } from './console';
import { inputOf, setModel } from './inputs';
import {
	itemsOf,
	jobsOf,
	sandboxService,
	saveFile,
	startStage,
	type Service,
	type StageOptions,
} from './stage';
import template from './workflow.json';

export interface DemoOptions extends StageOptions {
	/** @default the sandbox, with jobs of 8 s; closed by the result's `close` */
	service?: Service;
	/** @default Image to Video */
	model?: Model;
	/** Fields of the node. A missing one keeps its value from workflow.json. */
	values?: object;
}

/** A finished video. */
export interface Made {
	/** The saved MP4. */
	file: string;
	/** What ffprobe says about the file. */
	media: Probe;
	/** The node's output: `requestId`, `cost`, `estimatedCost`… */
	output: Record<string, unknown>;
	workflow: Workflow;
}

export interface DemoResult extends Made {
	/** n8n and the service run until `close`. */
	n8n: N8n;
	service: Service;
	/** Makes a video with another model in the same n8n. */
	make(model: Model): Promise<Made>;
	/** Ends n8n and the service, and removes n8n's folder. */
	close(): Promise<void>;
}

const JOB_SECONDS = 8;
const NODE = 'Make Video';
const RECEIVER = 'Receive Input';
const READER = 'Read File';
/** ms; longer than the node itself waits for a video. */
const TIMEOUT_MS = 25 * 60_000;

/**
 * Makes a video with our node in a real n8n, and saves it.
 * @throws if any step fails; then nothing is left running
 */
export async function runDemo(options: DemoOptions = {}): Promise<DemoResult> {
	const { model = imageToVideo, values } = options;
	const cleanup = new Cleanup();
	const close = async () => await cleanup.run();
	try {
		const service = options.service ?? (await sandboxService(JOB_SECONDS));
		cleanup.add(service.close);
		const workflow = workflowFor(model, values);
		const n8n = await startStage(options, service, workflow, cleanup);
		const place = { ...options, n8n, service };
		const made = await makeVideo(place, model, workflow);
		const make = async (other: Model) => {
			const added = await n8n.api.addWorkflow(workflowFor(other, values, other.name));
			return await makeVideo(place, other, added);
		};
		return { ...made, n8n, service, make, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** Where the demo makes and saves a video. */
interface Place extends StageOptions {
	n8n: N8n;
	service: Service;
}

/** Sends the model's input through the workflow, and saves the video. */
async function makeVideo(place: Place, model: Model, workflow: Workflow): Promise<Made> {
	const { n8n, report = silent } = place;
	const input = inputOf(model).input?.file;
	const what = input ? relative(process.cwd(), input) : 'a request without a file';
	report.step(`4. ${model.label}: sending ${what} through the workflow "${workflow.name}"`);
	const execution = await execute(place, workflow, input);
	const [{ json, binary }] = itemsOf(execution, NODE);
	const { data } = binary!;
	const file = await saveFile(n8n, data, basename(data.fileName ?? 'video.mp4'), place);
	report.step(`5. Saved the video that n8n keeps with execution ${execution.id}`);
	return { file, media: await probe(file), output: json, workflow };
}

const receiverOf = ({ nodes }: Workflow) => nodes.find(({ name }) => name === RECEIVER)!;

/** @param path of the webhook, if it differs from the one in workflow.json */
function workflowFor(model: Model, values: object = {}, path?: string): Workflow {
	const workflow: Workflow = structuredClone(template);
	const { input } = inputOf(model);
	const fields = input && {
		[`${input.kind}Source`]: 'binary',
		[`${input.kind}BinaryField`]: 'data',
	};
	setModel(workflow, NODE, model, { ...fields, ...values });
	if (!input) {
		workflow.nodes = workflow.nodes.filter(({ name }) => name !== READER);
		workflow.connections = { [RECEIVER]: template.connections[READER] };
	}
	if (path) receiverOf(workflow).parameters.path = path;
	return { ...workflow, active: true };
}

/** Calls the workflow's webhook, and reports progress until the execution has ended. */
async function execute(
	{ n8n, service, report = silent }: Place,
	workflow: Workflow,
	file: string | undefined,
): Promise<Execution> {
	const begun = Date.now();
	const path = String(receiverOf(workflow).parameters.path);
	let answered = false;
	const answer = n8n.api
		.runWebhook(path, { data: { file }, timeout: TIMEOUT_MS })
		.finally(() => (answered = true));
	// The `await` below handles the error.
	answer.catch(() => {});
	while (!answered) {
		const seconds = Math.round((Date.now() - begun) / 1000);
		report.progress(`${seconds} s  ${jobsOf(service).at(-1)?.status ?? 'waiting'}`);
		await Promise.race([answer.catch(() => {}), sleep(500)]);
	}
	const { status, data } = await answer;
	const [newest] = await n8n.api.executions({ workflowId: workflow.id });
	if (!newest) throw new Error(`The webhook answered ${status}: ${JSON.stringify(data)}`);
	return await n8n.api.waitForExecution(newest.id);
}
