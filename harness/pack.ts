/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/require-node-api-error -- development tool, runs outside n8n */
import execa from 'execa';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extract } from 'tar';
import { npmEnvironment } from './environment';

const ROOT = dirname(__dirname);
export const PACKAGE_NAME = 'n8n-nodes-segmind-kling';

/**
 * Builds the package and packs it as `npm publish` would.
 * @returns the tarball's path, in a new temporary folder
 * @throws with the compiler's output when the build fails
 */
export async function buildAndPack(): Promise<string> {
	await npm(['run', 'build']);
	const destination = mkdtempSync(join(tmpdir(), 'segmind-kling-pack-'));
	const packed = await npm(['pack', '--json', '--pack-destination', destination]);
	// Scripts that npm runs around packing may print above the JSON.
	const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as Array<{
		filename: string;
	}>;
	return join(destination, filename);
}

/**
 * Where n8n looks for our package among the community packages. It loads what lies there under the package's own name
 * (`n8n-nodes-segmind-kling.klingO3`); its other ways to load a folder would call the node `CUSTOM.klingO3`.
 */
export const packageFolder = (userFolder: string): string =>
	join(userFolder, '.n8n', 'nodes', 'node_modules', PACKAGE_NAME);

/** Puts the packed package there. */
export async function unpackInto(tarball: string, userFolder: string): Promise<void> {
	const folder = packageFolder(userFolder);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	await extract({ file: tarball, cwd: folder, strip: 1 });
}

async function npm(args: string[]): Promise<string> {
	try {
		const { stdout } = await execa('npm', args, {
			cwd: ROOT,
			env: npmEnvironment(),
			extendEnv: false,
			all: true,
		});
		return stdout;
	} catch (error) {
		throw new Error(`npm ${args.join(' ')} failed:\n${(error as execa.ExecaError).all ?? ''}`);
	}
}
