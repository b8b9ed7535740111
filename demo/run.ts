/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** The demo as a function: the command line runs it, and the end-to-end test asserts on what it returns. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution } from '../harness/api';
import { installN8n, type N8nVersion } from '../harness/install';
import { startN8n, type Credential, type N8n, type Workflow } from '../harness/n8n';
import { buildAndPack } from '../harness/pack';
import { imageToVideo } from '../nodes/KlingO3/models/imageToVideo';
import type { Model } from '../nodes/KlingO3/models/model';
import { probe, type Probe } from '../sandbox/render/probe';
import { silent, type Reporter } from './console';
import { inputOf, setModel } from './orders';
import { sandboxService, type Service } from './service';

/** What the demo orders; anything left out stays as it is in workflow.json. */
export interface Order {
	prompt?: string;
	/** seconds, "3" to "15" */
	duration?: string;
	mode?: 'pro' | 'std';
	generateAudio?: boolean;
}

export interface DemoOptions {
	/** @default '2.41.1' */
	version?: N8nVersion;
	/** @default the sandbox, with jobs of 8 s; closed by the result's `close` */
	service?: Service;
	/** A packed package. @default one built now */
	tarball?: string;
	/** @default Image to Video */
	model?: Model;
	order?: Order;
	/** @default demo/output */
	outputFolder?: string;
	report?: Reporter;
}

/** A video that n8n has made. */
export interface Made {
	/** The saved MP4. */
	file: string;
	/** bytes */
	size: number;
	/** What ffprobe sees in the file. */
	media: Probe;
	/** The node's output: `requestId`, `cost`, `estimatedCost`… */
	output: Record<string, unknown>;
	execution: Execution;
	workflow: Workflow;
}

export interface DemoResult extends Made {
	/** Still running, as is the service, until `close`. */
	n8n: N8n;
	service: Service;
	/** Makes a video with another model in the same n8n. */
	make(model: Model): Promise<Made>;
	/** Ends n8n and the service, and removes n8n's folder. */
	close(): Promise<void>;
}

const JOB_SECONDS = 8;
const NODE = 'Make Video';
const RECEIVER = 'Receive Order';
const READER = 'Read File';
const ASSETS = join(__dirname, 'assets');
const OUTPUT = join(__dirname, 'output');
/** Longer than the node itself waits for a video. */
const TIMEOUT_MS = 25 * 60_000;

/**
 * Makes a video with our node in a real n8n, and saves it.
 * @throws when any step fails; nothing is left running then
 */
export async function runDemo(options: DemoOptions = {}): Promise<DemoResult> {
	const { version = '2.41.1', model = imageToVideo, report = silent } = options;
	const userFolder = mkdtempSync(join(tmpdir(), 'segmind-kling-demo-'));
	const removeFolder = () => rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 });
	const started: Array<() => Promise<void>> = [];
	const close = async () => {
		for (const end of started.splice(0).reverse()) await end();
		removeFolder();
		process.off('exit', removeFolder);
	};
	// Ctrl+C ends the process without `close`; a credential must not stay behind, encrypted or not.
	process.on('exit', removeFolder);
	try {
		report.step('1. Building and packing the node');
		const tarball = options.tarball ?? (await buildAndPack());
		if (!options.tarball) {
			started.push(async () => rmSync(dirname(tarball), { recursive: true, force: true }));
		}
		report.step(`   ${tarball}`);

		// After the building: on a new machine, bootstrap.js is still installing it.
		report.step(
			`2. Looking for n8n ${version} (the first time it is installed, which takes some minutes)`,
		);
		const installation = await installN8n(version, (line) => report.step(`   ${line}`));
		report.step(`   n8n ${version} is in ${installation.folder}`);

		const service = options.service ?? (await sandboxService(JOB_SECONDS));
		started.push(async () => await service.close());
		report.step(`3. The video is ordered from ${service.name}`);

		const workflow = orderedWorkflow(model, options.order);
		report.step(
			'4. Starting n8n with the node as a community package, the workflow and the credential',
		);
		const n8n = await startN8n({
			installation,
			userFolder,
			tarball,
			credentials: [credentialFor(workflow, service)],
			workflows: [workflow],
			fileAccess: [ASSETS, userFolder].join(';'),
			log: (line) => report.step(`   ${line}`),
		});
		started.push(async () => await n8n.stop());
		await n8n.api.setupOwner();
		report.step(`   n8n runs at ${n8n.url}, its log is ${n8n.logFile}`);

		const place = { n8n, service, report, folder: options.outputFolder ?? OUTPUT };
		const made = await makeVideo(place, model, workflow);
		const make = async (other: Model) => {
			const added = await n8n.api.addWorkflow(orderedWorkflow(other, options.order, other.name));
			return await makeVideo(place, other, added);
		};
		return { ...made, n8n, service, make, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** Where a video is made and saved. */
interface Place {
	n8n: N8n;
	service: Service;
	report: Reporter;
	folder: string;
}

/** Sends the model's input through the workflow and saves the video that comes out. */
async function makeVideo(place: Place, model: Model, workflow: Workflow): Promise<Made> {
	const { n8n, report, folder } = place;
	const input = inputOf(model).input?.file;
	const what = input ? relative(process.cwd(), input) : 'an order without a file';
	report.step(`5. ${model.label}: sending ${what} through the workflow "${workflow.name}"`);
	const execution = await execute(place, workflow, input);
	const { json, binary } = execution.data.resultData.runData[NODE][0].data!.main[0]![0];

	const { id, fileName } = binary!.data;
	const video = await n8n.api.binary(id!);
	const file = join(folder, basename(fileName ?? 'video.mp4'));
	mkdirSync(folder, { recursive: true });
	writeFileSync(file, video);
	report.step(`6. Saved the video that n8n keeps with execution ${execution.id}`);
	const media = await probe(file);
	return { file, size: video.length, media, output: json, execution, workflow };
}

const nodeOf = (workflow: Workflow, wanted: string) =>
	workflow.nodes.find(({ name }) => name === wanted)!;

/** @param path of the webhook, where it is not the one of the file */
function orderedWorkflow(model: Model, order: Order = {}, path?: string): Workflow {
	const workflow = JSON.parse(readFileSync(join(__dirname, 'workflow.json'), 'utf8')) as Workflow;
	const { input } = inputOf(model);
	setModel(workflow, NODE, model, { ...input?.parameters, ...order });
	if (!input) {
		workflow.nodes = workflow.nodes.filter(({ name }) => name !== READER);
		const links = workflow.connections as Record<string, object>;
		workflow.connections = { [RECEIVER]: links[READER] };
	}
	if (path) nodeOf(workflow, RECEIVER).parameters.path = path;
	return { ...workflow, active: true };
}

function credentialFor(workflow: Workflow, { credential }: Service): Credential {
	const { segmindApi } = nodeOf(workflow, NODE).credentials as {
		segmindApi: { id: string; name: string };
	};
	const { id, name } = segmindApi;
	return { id, name, type: 'segmindApi', data: credential };
}

/** Calls the workflow's webhook and tells how long it takes until the execution has ended. */
async function execute(
	{ n8n, service, report }: Place,
	workflow: Workflow,
	file: string | undefined,
): Promise<Execution> {
	const begun = Date.now();
	const path = String(nodeOf(workflow, RECEIVER).parameters.path);
	let answered = false;
	const answer = n8n.api
		.runWebhook(path, { data: { file }, timeout: TIMEOUT_MS })
		.finally(() => (answered = true));
	// Handled where it is awaited, below.
	answer.catch(() => {});
	while (!answered) {
		const seconds = Math.round((Date.now() - begun) / 1000);
		report.progress(`${seconds} s  ${service.jobStatus() ?? 'waiting'}`);
		await Promise.race([answer.catch(() => {}), sleep(500)]);
	}
	const { status, data } = await answer;
	const [newest] = await n8n.api.executions({ workflowId: workflow.id });
	if (!newest) throw new Error(`The webhook answered ${status}: ${JSON.stringify(data)}`);
	const execution = await n8n.api.waitForExecution(newest.id);
	if (execution.status !== 'success') throw new Error(explain(execution));
	return execution;
}

function explain(execution: Execution): string {
	const { error } = execution.data.resultData;
	const details = (error as { description?: string } | undefined)?.description;
	const lines = [
		`The execution ended with "${execution.status}": ${error?.message ?? 'no message'}`,
		details,
	];
	return lines.filter(Boolean).join('\n');
}
