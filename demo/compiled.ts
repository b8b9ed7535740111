/* eslint-disable @n8n/community-nodes/no-restricted-imports -- development tool, runs outside n8n */
/** The node in n8n's folder for community packages. The compiler keeps it up to date. */
import { copyFileSync, cpSync, mkdirSync, rmSync, watch } from 'node:fs';
import { extname, join } from 'node:path';
import execa from 'execa';
import type { Log } from '../harness/install';
import { packageFolder } from '../harness/install/pack';
import type { Cleanup } from '../harness/run/cleanup';

/** The line that the compiler prints after each run, also with errors. */
const DONE = /Found (\d+) errors?\. Watching for file changes/;
const FOLDERS = ['nodes', 'credentials'];
const STATIC = ['.svg', '.png', '.json'];

/**
 * Compiles the node into n8n's folder, and again after each change of its files, until `cleanup`.
 * @param root holds `nodes`, `credentials`, package.json and tsconfig.json
 * @param log gets the compiler's output
 * @returns after the first run, with or without errors
 */
export async function compileInto(
	userFolder: string,
	root: string,
	log: Log,
	cleanup: Cleanup,
): Promise<void> {
	const folder = packageFolder(userFolder);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
	for (const name of FOLDERS) {
		const [from, to] = [join(root, name), join(folder, 'dist', name)];
		const filter = (file: string) => ['', ...STATIC].includes(extname(file));
		cpSync(from, to, { recursive: true, filter });
		const watcher = watch(from, { recursive: true }, (_event, file) => {
			if (file && STATIC.includes(extname(file))) cpSync(join(from, file), join(to, file));
		});
		cleanup.add(() => watcher.close());
	}
	const flags = ['--watch', '--preserveWatchOutput', '--sourceMap'];
	const compiler = execa('tsc', ['-p', root, ...flags, '--outDir', join(folder, 'dist')], {
		...{ cwd: root, preferLocal: true, localDir: root },
		...{ all: true, buffer: false, reject: false },
	});
	cleanup.add(async () => {
		compiler.kill();
		await compiler;
	});
	await new Promise<void>((resolve, reject) => {
		compiler.all!.setEncoding('utf8').on('data', (text: string) => {
			for (const line of text.split('\n').filter((one) => one.trim())) log(line);
			if (DONE.test(text)) resolve();
		});
		void compiler.then(({ exitCode }) => reject(new Error(`tsc ended with ${exitCode}`)));
	});
}
