/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error, no-console -- development tool, runs outside n8n */
/**
 * `npm run dev` runs the sandbox and n8n with this node. After a change, n8n loads the node again, and the sandbox
 * restarts. n8n keeps its workflows for the next start.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { program } from 'commander';
import execa from 'execa';
import { OWNER } from '../harness/drive/api';
import { cacheFolder, installN8n, type Log } from '../harness/install';
import { Cleanup } from '../harness/run/cleanup';
import { startN8n, type N8n } from '../harness/run/n8n';
import { untilStopped } from '../harness/run/process';
import { imageToVideo } from '../nodes/KlingO3/models/imageToVideo';
import { compileInto } from './compiled';
import { firstVideo } from './inputs';
import { credentialOf, DEFAULT_VERSION, SANDBOX_REQUESTS_PER_MINUTE } from './stage';

const ROOT = dirname(__dirname);
const KEY = 'SG_example_dummy_0000';

export interface DevOptions {
	/** The sources of the node. @default this repository */
	root?: string;
	/** n8n's folder; later starts use it again. @default `dev` in the cache */
	userFolder?: string;
	/** n8n's port. */
	port: number;
	/** The first of the sandbox's four consecutive ports. */
	sandboxPort: number;
	/** n8n takes a debugger at port 9229. */
	inspect?: boolean;
	/** Gets the output of the compiler and n8n. */
	log?: Log;
}

export interface Dev {
	n8n: N8n;
	/** The sandbox's gateway. */
	gatewayUrl: string;
	/** n8n's folder. */
	userFolder: string;
	/** Ends n8n, the sandbox and the compiler. */
	stop(): Promise<void>;
}

/** @throws if n8n does not start */
export async function startDev(options: DevOptions): Promise<Dev> {
	const { root = ROOT, userFolder = join(cacheFolder(), 'dev'), port, log = () => {} } = options;
	const names = ['port', 'storage-port', 'files-port', 'history-port'];
	const ports = names.map((_name, nth) => String(options.sandboxPort + nth));
	const [gatewayUrl, storageUrl, filesUrl, historyUrl] = ports.map(
		(own) => `http://127.0.0.1:${own}`,
	);
	const cleanup = new Cleanup();
	const stop = async () => await cleanup.run();
	try {
		const installation = await installN8n(DEFAULT_VERSION, log);
		await compileInto(userFolder, root, log, cleanup);
		const flags = ['--key', KEY, ...names.flatMap((name, nth) => [`--${name}`, ports[nth]])];
		const script = join(ROOT, 'sandbox/cli.ts');
		const sandbox = execa('tsx', ['watch', '--clear-screen=false', script, ...flags], {
			...{ cwd: ROOT, preferLocal: true, stdio: ['ignore', 'ignore', 'inherit'], reject: false },
		});
		cleanup.add(async () => {
			sandbox.kill();
			await sandbox;
		});
		const isNew = !existsSync(join(userFolder, '.n8n', 'database.sqlite'));
		const credential = credentialOf({
			...{ apiKey: KEY, baseUrl: gatewayUrl, storageUrl, historyUrl },
			requestsPerMinute: SANDBOX_REQUESTS_PER_MINUTE,
		});
		const n8n = await startN8n({
			...{ installation, userFolder, port, log },
			env: { N8N_DEV_RELOAD: 'true', ...(options.inspect && { NODE_OPTIONS: '--inspect' }) },
			credentials: isNew ? [credential] : [],
			workflows: isNew ? [firstVideo(imageToVideo, `${filesUrl}/samples`)] : [],
		});
		cleanup.stopping(n8n);
		await n8n.api.setupOwner();
		return { n8n, gatewayUrl, userFolder, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

async function main(): Promise<void> {
	const flags = program
		.name('npm run dev --')
		.description('The sandbox and n8n with this node, for changes of them.')
		.option('--port <port>', "n8n's port", Number, 5678)
		.option('--sandbox-port <port>', "the first of the sandbox's four ports", Number, 4010)
		.option('--inspect', 'n8n takes a debugger at port 9229')
		.parse()
		.opts<Pick<DevOptions, 'port' | 'sandboxPort' | 'inspect'>>();
	const { n8n, gatewayUrl, userFolder, stop } = await startDev({ ...flags, log: console.log });
	console.log(`
n8n      ${n8n.url}   ${OWNER.email}, ${OWNER.password}
Sandbox  ${gatewayUrl}/_sandbox   jobs and bills, in play money
Folder   ${userFolder}   with n8n.log; delete it to begin anew

A change in nodes or credentials is compiled and loaded in about two seconds; reload the page of the editor.
A change in sandbox starts it anew. Ctrl+C ends everything.`);
	await untilStopped();
	await stop();
	process.exit();
}

// Its test imports this file.
if (require.main === module) {
	main().catch((error: Error) => {
		console.error(`\n${error.message}`);
		process.exit(1);
	});
}
