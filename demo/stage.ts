/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** What a demo runs on: a service that makes the videos, and a real n8n with the node. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { IBinaryData } from 'n8n-workflow';
import type { Execution } from '../harness/drive/api';
import { installN8n, type N8nVersion } from '../harness/install';
import { buildAndPack } from '../harness/install/pack';
import type { Cleanup } from '../harness/run/cleanup';
import { startN8n, type Credential, type N8n, type Workflow } from '../harness/run/n8n';
import { DEFAULT_URLS } from '../nodes/segmind/transport/origins';
import { startSandbox, type Sandbox } from '../sandbox';
import { silent, type Reporter } from './console';

/** Where the demo submits its video: the sandbox with play money, or the real Segmind. */
export interface Service {
	name: string;
	/** Fields of the credential `segmindApi`. */
	credential: { [field in 'apiKey' | keyof typeof DEFAULT_URLS]: string } & {
		requestsPerMinute: number;
	};
	sandbox?: Sandbox;
	close(): Promise<void>;
}

export interface StageOptions {
	/** @default '2.41.1' */
	version?: N8nVersion;
	/** A packed package. @default one built now */
	tarball?: string;
	/** @default demo/output */
	outputFolder?: string;
	report?: Reporter;
}

export const DEFAULT_VERSION = '2.41.1';
export const ASSETS = join(__dirname, 'assets');
/** As large as the demo's picture, because people watch this video. */
const RENDER = { width: 1280, fps: 24 };
const SANDBOX_KEY = 'SG_example_demo_key';
export const SANDBOX_REQUESTS_PER_MINUTE = 300;
/** The limit of the Free plan, so that the demo works on every plan. */
const REAL_REQUESTS_PER_MINUTE = 5;

/** @param jobSeconds how long a video takes */
export async function sandboxService(jobSeconds: number): Promise<Service & { sandbox: Sandbox }> {
	const sandbox = await startSandbox({ jobSeconds, render: RENDER });
	sandbox.createAccount({ key: SANDBOX_KEY, credits: 100 });
	const { gatewayUrl: baseUrl, storageUrl, historyUrl } = sandbox;
	const urls = { baseUrl, storageUrl, historyUrl };
	return {
		name: `a local sandbox of Segmind at ${baseUrl}`,
		credential: { apiKey: SANDBOX_KEY, ...urls, requestsPerMinute: SANDBOX_REQUESTS_PER_MINUTE },
		sandbox,
		close: async () => await sandbox.close(),
	};
}

export const realService = (apiKey: string): Service => ({
	name: 'the real Segmind',
	credential: { apiKey, ...DEFAULT_URLS, requestsPerMinute: REAL_REQUESTS_PER_MINUTE },
	close: async () => {},
});

/** The credential that the demo's workflows name. */
export const credentialOf = (data: Service['credential']): Credential => ({
	...{ id: 'SegmindDemo00001', name: 'Segmind (demo)', type: 'segmindApi' },
	data,
});

/** Jobs of the service's account, the oldest first; none for the real Segmind. */
export const jobsOf = ({ sandbox, credential }: Service) =>
	sandbox?.account(credential.apiKey).jobs ?? [];

/**
 * Builds the node, and starts a real n8n with it, a workflow and its credential.
 * @param cleanup ends n8n, and removes its folder
 */
export async function startStage(
	{ version = DEFAULT_VERSION, report = silent, ...options }: StageOptions,
	service: Service,
	workflow: Workflow,
	cleanup: Cleanup,
): Promise<N8n> {
	const log = (line: string) => report.step(`   ${line}`);
	report.step('1. Building and packing the node');
	const tarball = options.tarball ?? (await buildAndPack());
	if (!options.tarball) cleanup.removing(dirname(tarball));
	log(tarball);
	report.step(
		`2. Looking for n8n ${version} (the first time it is installed, which takes some minutes)`,
	);
	const installation = await installN8n(version, log);
	log(`n8n ${version} is in ${installation.folder}`);
	report.step(
		'3. Starting n8n with the node as a community package, the workflow and the credential',
	);
	log(`Videos are submitted to ${service.name}`);
	const userFolder = cleanup.temporaryFolder('segmind-kling-demo-');
	const n8n = await startN8n({
		...{ installation, userFolder, tarball, log },
		credentials: [credentialOf(service.credential)],
		workflows: [workflow],
		fileAccess: [ASSETS, userFolder].join(';'),
	});
	cleanup.stopping(n8n);
	await n8n.api.setupOwner();
	log(`n8n runs at ${n8n.url}, its log is ${n8n.logFile}`);
	return n8n;
}

/** Saves the file of an n8n item. @returns its path */
export async function saveFile(
	n8n: N8n,
	{ id }: IBinaryData,
	name: string,
	{ outputFolder = join(__dirname, 'output') }: StageOptions,
): Promise<string> {
	mkdirSync(outputFolder, { recursive: true });
	const file = join(outputFolder, name);
	writeFileSync(file, await n8n.api.binary(id!));
	return file;
}

/**
 * The items that a node gave.
 * @throws with what n8n says, if the execution failed
 */
export function itemsOf({ status, data }: Execution, node: string) {
	const { error, runData } = data.resultData;
	if (status === 'success') return runData[node][0].data!.main[0]!;
	const details = (error as { description?: string } | undefined)?.description ?? '';
	throw new Error(
		`The execution ended with "${status}": ${error?.message ?? 'no message'}\n${details}`.trim(),
	);
}
