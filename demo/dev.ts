/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error, no-console -- development tool, runs outside n8n */
/**
 * `npm run dev`: the sandbox and n8n with this node. After a change n8n loads the node again, and the sandbox starts
 * anew. What was made in n8n is there again at the next start.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import execa from 'execa';
import { OWNER } from '../harness/api';
import { cacheFolder } from '../harness/cache';
import { installN8n } from '../harness/install';
import { startN8n, type N8n } from '../harness/n8n';
import { imageToVideo } from '../nodes/KlingO3/models/imageToVideo';
import { compileInto } from './compiled';
import { firstVideo } from './firstVideo';

const ROOT = dirname(__dirname);
const KEY = 'SG_example_dummy_0000';
const VERSION = '2.41.1';

export interface DevOptions {
	/** The sources of the node. @default this repository */
	root?: string;
	/** n8n's folder; what is in it is used again. @default `dev` in the cache */
	userFolder?: string;
	/** Of n8n. */
	port: number;
	/** The first of the sandbox's four, which follow each other. */
	sandboxPort: number;
	/** n8n takes a debugger at port 9229. */
	inspect?: boolean;
	/** Gets what compiler, sandbox and n8n say. */
	log?: (line: string) => void;
}

export interface Dev {
	n8n: N8n;
	/** The sandbox's gateway. */
	gatewayUrl: string;
	/** What n8n keeps its things in. */
	userFolder: string;
	/** Ends n8n, the sandbox and the compiler. */
	stop(): Promise<void>;
}

/** @throws when the sandbox's ports are taken, or n8n does not start */
export async function startDev(options: DevOptions): Promise<Dev> {
	const { root = ROOT, userFolder = join(cacheFolder(), 'dev'), port, log = () => {} } = options;
	const urlOf = (nth: number) => `http://127.0.0.1:${options.sandboxPort + nth}`;
	const [gatewayUrl, storageUrl, filesUrl, historyUrl] = [0, 1, 2, 3].map(urlOf);
	const installation = await installN8n(VERSION, log);
	const compiler = await compileInto(userFolder, root, log);
	const ports = ['port', 'storage-port', 'files-port', 'history-port'];
	const sandbox = execa(
		'tsx',
		[
			...['watch', '--clear-screen=false', join(ROOT, 'sandbox/cli.ts'), '--key', KEY],
			...ports.flatMap((name, nth) => [`--${name}`, String(options.sandboxPort + nth)]),
		],
		{ cwd: ROOT, preferLocal: true, stdio: ['ignore', 'ignore', 'inherit'], reject: false },
	);
	const end = async () => {
		sandbox.kill();
		await sandbox;
		await compiler.stop();
	};
	try {
		const isNew = !existsSync(join(userFolder, '.n8n', 'database.sqlite'));
		const data = {
			apiKey: KEY,
			baseUrl: gatewayUrl,
			storageUrl,
			historyUrl,
			requestsPerMinute: 300,
		};
		const credential = {
			id: 'SegmindDemo00001',
			name: 'Segmind (sandbox)',
			type: 'segmindApi',
			data,
		};
		const n8n = await startN8n({
			...{ installation, userFolder, port, log },
			env: { N8N_DEV_RELOAD: 'true', ...(options.inspect && { NODE_OPTIONS: '--inspect' }) },
			credentials: isNew ? [credential] : [],
			workflows: isNew ? [firstVideo(imageToVideo, `${filesUrl}/samples`)] : [],
		});
		await n8n.api.setupOwner();
		const stop = async () => {
			await n8n.stop();
			await end();
		};
		return { n8n, gatewayUrl, userFolder, stop };
	} catch (error) {
		await end();
		throw error;
	}
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '5678' },
			'sandbox-port': { type: 'string', default: '4010' },
			inspect: { type: 'boolean', default: false },
		},
	});
	const { n8n, gatewayUrl, userFolder, stop } = await startDev({
		port: Number(values.port),
		sandboxPort: Number(values['sandbox-port']),
		inspect: values.inspect,
		log: (line) => console.log(line),
	});
	console.log(
		[
			'',
			`n8n      ${n8n.url}   ${OWNER.email}, ${OWNER.password}`,
			`Sandbox  ${gatewayUrl}/_sandbox   jobs and bills, in play money`,
			`Folder   ${userFolder}   with n8n.log; delete it to begin anew`,
			'',
			'A change in nodes or credentials is compiled and loaded in about two seconds; reload the page of the editor.',
			'A change in sandbox starts it anew. Ctrl+C ends everything.',
		].join('\n'),
	);
	const keepAlive = setInterval(() => {}, 60_000);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => {
			clearInterval(keepAlive);
			// A second Ctrl+C must not cut the orderly end short.
			process.on(signal, () => {});
			void stop().finally(() => process.exit());
		});
	}
}

// Imported by its test.
if (require.main === module) {
	main().catch((error: Error) => {
		console.error(`\n${error.message}`);
		process.exit(1);
	});
}
