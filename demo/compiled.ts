/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** The node as the compiler keeps it up to date, at the place where n8n looks for community packages. */
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, rmSync, watch } from 'node:fs';
import { extname, join } from 'node:path';
import execa from 'execa';
import { packageFolder } from '../harness/pack';

/** What the compiler prints when it has written everything, and when the code has errors. */
const DONE = /Found (\d+) errors?\. Watching for file changes/;
const FOLDERS = ['nodes', 'credentials'];
const STATIC = ['.svg', '.png', '.json'];

export interface Compiler {
	/** Ends the watching. */
	stop(): Promise<void>;
}

/**
 * Compiles the node into n8n's folder, and again after each change of its files.
 * @param root holds `nodes`, `credentials`, package.json and tsconfig.json
 * @param log gets what the compiler says
 * @returns when it is compiled for the first time, with or without errors
 */
export async function compileInto(
	userFolder: string,
	root: string,
	log: (line: string) => void,
): Promise<Compiler> {
	const folder = packageFolder(userFolder);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
	const watchers = FOLDERS.map((name) => {
		const [from, to] = [join(root, name), join(folder, 'dist', name)];
		cpSync(from, to, {
			recursive: true,
			filter: (file) => !extname(file) || STATIC.includes(extname(file)),
		});
		return watch(from, { recursive: true }, (_event, file) => {
			if (!file || !STATIC.includes(extname(file))) return;
			cpSync(join(from, file), join(to, file));
		});
	});
	const compiler = execa(
		'tsc',
		[
			'-p',
			root,
			'--watch',
			'--preserveWatchOutput',
			'--sourceMap',
			'--outDir',
			join(folder, 'dist'),
		],
		{ cwd: root, preferLocal: true, localDir: root, all: true, buffer: false, reject: false },
	);
	await new Promise<void>((resolve, reject) => {
		compiler.all!.setEncoding('utf8').on('data', (text: string) => {
			for (const line of text.split('\n').filter((one) => one.trim())) log(line);
			if (DONE.test(text)) resolve();
		});
		void compiler.then(({ exitCode }) => reject(new Error(`tsc ended with ${exitCode}`)));
	});
	return {
		async stop() {
			for (const watcher of watchers) watcher.close();
			const ended = once(compiler, 'exit');
			compiler.kill();
			await ended;
		},
	};
}
