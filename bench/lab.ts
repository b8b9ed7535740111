/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
/** Everything a run needs: one installation of n8n with our packed node, sandboxes for three sizes of video, MiniMax's mock. */
import execa from 'execa';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installN8n } from '../harness/install';
import { startN8n, type Credential, type N8n } from '../harness/n8n';
import { buildAndPack } from '../harness/pack';
export { DEFAULT_CONCURRENCY } from '../nodes/KlingO3/fields/options/concurrency';
import { MINIMAX_KEY, minimaxService, type MiniMaxService } from './minimax';
import { COLLECTABLE } from './process';
import { API_KEY, sandboxService, type SandboxService, type Service } from './services';
import { N8N_VERSION, type BenchSettings, type Part } from './settings';
import { fanOut, loop, minimax, ours, type Build } from './workflows';

export type Log = (line: string) => void;

export type ContenderId = 'ours' | 'minimax' | 'loop' | 'fanOut';

export interface Contender {
	id: ContenderId;
	name: string;
	build: Build;
	options?: object;
}

export const contenders: Record<ContenderId, Contender> = {
	ours: { id: 'ours', name: 'Segmind Kling O3, default options', build: ours },
	minimax: { id: 'minimax', name: "n8n's MiniMax node", build: minimax },
	loop: { id: 'loop', name: 'By hand, as a loop', build: loop },
	fanOut: { id: 'fanOut', name: 'By hand, as a fan-out', build: fanOut },
};

/** A sandbox with the ID of the credential that leads our node to it. */
export interface Site {
	service: SandboxService;
	credential: string;
}

export interface Lab {
	n8n: N8n;
	/** Version of Node that n8n runs on. */
	node: string;
	batch: Site;
	money: Site;
	growth: Site;
	/** Undefined where large videos are left out. */
	large?: Site;
	/** By requests a minute, which the service enforces. */
	limited: Map<number, Site>;
	minimax: MiniMaxService;
	close(): Promise<void>;
}

export const HEADER_CREDENTIAL = 'BenchHeaderAuth1';
export const MINIMAX_CREDENTIAL = 'BenchMiniMax0001';

export const promptOf = (index: number): string => `Clouds drift, take ${index + 1}`;
/** Prompts repeat, so that the sandbox renders few videos and the machine is free for what is measured. */
export const itemsOf = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: promptOf(index % 10) }));

const NO_PADDING = 0;

const named = (id: string, type: string, data: Credential['data']): Credential => ({
	id,
	name: id,
	type,
	data,
});

/** Of the workflows built by hand. */
export const headerCredential = named(HEADER_CREDENTIAL, 'httpHeaderAuth', {
	name: 'x-api-key',
	value: API_KEY,
});

/** Of our node. */
export const segmindCredential = (id: string, { credential }: SandboxService): Credential =>
	named(id, 'segmindApi', credential);

/** Of n8n's MiniMax node; its URL leads to the mock. */
export const minimaxCredential = ({ url }: MiniMaxService): Credential =>
	named(MINIMAX_CREDENTIAL, 'minimaxApi', {
		apiKey: MINIMAX_KEY,
		region: 'international',
		url: `${url}/v1`,
	});

/** Of an n8n that is measured: each execution is saved once, when it has ended. */
export const MEASURED_ENV = { ...COLLECTABLE, EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'false' };

/**
 * @param parts what is measured: only its videos are rendered before
 * @param packed our package, where it is packed already
 */
export async function openLab(
	settings: BenchSettings,
	parts: readonly Part[],
	log: Log,
	packed?: string,
): Promise<Lab> {
	const userFolder = mkdtempSync(join(tmpdir(), 'segmind-kling-bench-'));
	const removeFolder = () => rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 });
	const started: Array<() => Promise<void>> = [async () => removeFolder()];
	// Ctrl+C ends the process without `close`.
	process.on('exit', removeFolder);
	const close = async () => {
		for (const end of started.splice(0).reverse()) await end();
		process.off('exit', removeFolder);
	};
	const open = async <T extends Service>(service: T): Promise<T> => {
		started.push(async () => await service.close());
		return service;
	};
	const credentials: Credential[] = [headerCredential];
	const site = async (
		part: Part,
		credential: string,
		megabytes: number,
		perMinute: number,
		isEnforced = false,
	): Promise<Site> => {
		const service = await open(await sandboxService(megabytes, perMinute, isEnforced));
		credentials.push(segmindCredential(credential, service));
		if (!parts.includes(part)) return { service, credential };
		log(`  rendering the videos: ${part}`);
		for (const { prompt } of itemsOf(settings.items)) await service.sampleVideo(prompt);
		return { service, credential };
	};
	try {
		log(`Looking for n8n ${N8N_VERSION} (the first time it is installed, which takes minutes)`);
		const installation = await installN8n(N8N_VERSION, log);
		if (!packed) log('Building and packing the node');
		const tarball = packed ?? (await buildAndPack());
		if (!packed) {
			started.push(async () => rmSync(dirname(tarball), { recursive: true, force: true }));
		}
		log('Starting the sandboxes and the mock of MiniMax');
		const { videoMegabytes, requestsPerMinute, growth, large } = settings;
		const batch = await site('batch', 'BenchSegmind0001', videoMegabytes, requestsPerMinute);
		const money = await site('money', 'BenchSegmind0002', NO_PADDING, requestsPerMinute);
		const growing = await site('growth', 'BenchSegmind0003', NO_PADDING, growth.requestsPerMinute);
		const big =
			large && (await site('memory', 'BenchSegmind0004', large.videoMegabytes, requestsPerMinute));
		const limited = new Map<number, Site>();
		for (const limit of new Set(settings.limits.rows.map(({ perMinute }) => perMinute))) {
			const name = `BenchSegmind1${String(limit).padStart(3, '0')}`;
			limited.set(limit, await site('limits', name, NO_PADDING, limit, true));
		}
		const mock = await open(await minimaxService(batch.service.imageUrl));
		credentials.push(minimaxCredential(mock));
		log('Starting n8n');
		const n8n = await startN8n({
			installation,
			userFolder,
			tarball,
			credentials,
			env: MEASURED_ENV,
		});
		started.push(async () => await n8n.stop());
		await n8n.api.setupOwner();
		const { stdout: node } = await execa(installation.node, ['--version']);
		return { n8n, node, batch, money, growth: growing, large: big, limited, minimax: mock, close };
	} catch (error) {
		await close();
		throw error;
	}
}
