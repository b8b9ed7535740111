/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** Everything a run needs: one installation of n8n with our packed node, and sandboxes for three sizes of video. */
import execa from 'execa';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installN8n, type Log } from '../harness/install';
import { startN8n, type Credential, type N8n } from '../harness/run/n8n';
import { buildAndPack } from '../harness/install/pack';
import { COLLECTABLE } from './process';
import { sandboxService, type Service } from './services';
import { N8N_VERSION, type BenchSettings, type Part } from './settings';
import { fanOut, loop, minimax, ours, type Build } from './workflows';

export { DEFAULT_CONCURRENCY } from '../nodes/KlingO3/fields/options/concurrency';
export type { Log };

export type ContenderId = 'ours' | 'minimax' | 'loop' | 'fanOut';

export interface Contender {
	id: ContenderId;
	name: string;
	build: Build;
	/** ID of its credential, by that of our node. */
	credentialOf: (ours: string) => string;
	options?: object;
}

const header = (ours: string) => `${ours}Header`;
const minimaxApi = (ours: string) => `${ours}MiniMax`;

const contender = (
	id: ContenderId,
	name: string,
	build: Build,
	credentialOf: Contender['credentialOf'],
): Contender => ({ id, name, build, credentialOf });

export const contenders: Record<ContenderId, Contender> = {
	ours: contender('ours', 'Segmind Kling O3, default options', ours, (own) => own),
	minimax: contender('minimax', "n8n's MiniMax node", minimax, minimaxApi),
	loop: contender('loop', 'By hand, as a loop', loop, header),
	fanOut: contender('fanOut', 'By hand, as a fan-out', fanOut, header),
};

/** A sandbox with the ID of the credential that leads our node to it. */
export interface Site {
	service: Service;
	credential: string;
}

/** ID of our node's credential for another account of a site, beginning with 0. */
export const credentialAt = (credential: string, account: number): string =>
	account === 0 ? credential : `${credential}x${account + 1}`;

const named = (id: string, type: string, data: Credential['data']): Credential => ({
	...{ id, name: id, type, data },
});

/** Of everybody at a site. */
export function credentialsOf({ service, credential }: Site): Credential[] {
	const { accounts, minimaxUrl } = service;
	const key = { name: 'x-api-key', value: accounts[0].apiKey };
	const mock = { apiKey: 'example_key', region: 'international', url: `${minimaxUrl}/v1` };
	return [
		...accounts.map((data, index) => named(credentialAt(credential, index), 'segmindApi', data)),
		named(header(credential), 'httpHeaderAuth', key),
		named(minimaxApi(credential), 'minimaxApi', mock),
	];
}

export interface Lab {
	n8n: N8n;
	/** Version of Node that n8n runs on. */
	node: string;
	sites: Record<Exclude<Part, 'limits'>, Site>;
	/** By requests a minute, which the service enforces. */
	limited: Map<number, Site>;
	/** Gets heap snapshots of n8n, before and after each measurement. */
	snapshots?: string;
}

export const promptOf = (index: number): string => `Clouds drift, take ${index + 1}`;
/** Prompts repeat, so that the sandbox renders few videos and the machine is free for what is measured. */
export const itemsOf = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: promptOf(index % 10) }));

/** Of an n8n that is measured: each execution is saved once, when it has ended. */
export const MEASURED_ENV = { ...COLLECTABLE, EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'false' };

/** Notes how something that was started ends. */
export type AtEnd = (end: () => Promise<void> | void) => void;

/** Does something, then ends what was started for it, the last first, however far it came. */
export async function withEnds<T>(work: (atEnd: AtEnd) => Promise<T>): Promise<T> {
	const ends: Array<() => Promise<void> | void> = [];
	try {
		return await work((end) => ends.push(end));
	} finally {
		for (const end of ends.reverse()) await end();
	}
}

/** Of a command: ends the process with 1 when it throws. */
export function main(work: (atEnd: AtEnd) => Promise<void>): void {
	withEnds(work).catch((error: Error) => {
		process.stderr.write(`${error.stack}\n`);
		process.exit(1);
	});
}

/** A folder until the end; Ctrl+C ends the process without `atEnd`. */
export function temporaryFolder(atEnd: AtEnd): string {
	const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-bench-'));
	const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	process.once('exit', remove);
	atEnd(() => {
		remove();
		process.off('exit', remove);
	});
	return folder;
}

/** Our package, until the end. */
export async function packOurs(atEnd: AtEnd): Promise<string> {
	const tarball = await buildAndPack();
	atEnd(() => rmSync(dirname(tarball), { recursive: true, force: true }));
	return tarball;
}

/**
 * @param parts what is measured: only its videos are rendered before
 * @param packed our package, where it is packed already
 */
export async function openLab(
	settings: BenchSettings,
	parts: readonly Part[],
	log: Log,
	atEnd: AtEnd,
	packed?: string,
): Promise<Lab> {
	const userFolder = temporaryFolder(atEnd);
	log(`Looking for n8n ${N8N_VERSION} (the first time it is installed, which takes minutes)`);
	const installation = await installN8n(N8N_VERSION, log);
	if (!packed) log('Building and packing the node');
	const tarball = packed ?? (await packOurs(atEnd));
	log('Starting the sandboxes');
	const opened: Site[] = [];
	const site = async (part: Part, number: string, ...of: Parameters<typeof sandboxService>) => {
		const service = await sandboxService(...of);
		atEnd(async () => await service.close());
		const one = { service, credential: `BenchSegmind${number}` };
		opened.push(one);
		if (!parts.includes(part)) return one;
		log(`  rendering the videos: ${part}`);
		for (const { prompt } of itemsOf(settings.items)) await service.render(prompt);
		return one;
	};
	const { videoMegabytes, requestsPerMinute, growth, large, limits } = settings;
	const sites = {
		batch: await site('batch', '1', videoMegabytes, requestsPerMinute),
		money: await site('money', '2', 0, requestsPerMinute),
		growth: await site('growth', '3', 0, growth.requestsPerMinute),
		memory: await site('memory', '4', large?.videoMegabytes ?? 0, requestsPerMinute),
	};
	const limited = new Map<number, Site>();
	for (const limit of new Set(limits.rows.map(({ perMinute }) => perMinute))) {
		const rows = limits.rows.filter(({ perMinute }) => perMinute === limit);
		const accounts = Math.max(...rows.map((row) => row.accounts ?? 1));
		limited.set(limit, await site('limits', `1${limit}`, 0, limit, true, accounts));
	}
	log('Starting n8n');
	const n8n = await startN8n({
		...{ installation, userFolder, tarball, env: MEASURED_ENV },
		credentials: opened.flatMap(credentialsOf),
	});
	atEnd(async () => await n8n.stop());
	await n8n.api.setupOwner();
	const { stdout: node } = await execa(installation.node, ['--version']);
	return { n8n, node, sites, limited };
}
