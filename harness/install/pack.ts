/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { extract } from 'tar';
import { npm } from '.';

const ROOT = join(__dirname, '../..');
export const PACKAGE_NAME = 'n8n-nodes-segmind-kling';

/** Environment variable: a tarball of what is in the working tree. `npm test` builds it once for all its tests. */
export const TARBALL = 'SEGMIND_KLING_TARBALL';

/** Packs what is built, as `npm publish` would. @returns the tarball's path */
export async function packInto(folder: string): Promise<string> {
	const packed = await npm(ROOT, ['pack', '--json', '--pack-destination', folder]);
	// npm's scripts around packing may print before the JSON.
	const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as Array<{
		filename: string;
	}>;
	return join(folder, filename);
}

/**
 * Builds the package and packs it, unless that has been done.
 * @returns the tarball's path, in a new temporary folder
 * @throws with the compiler's output if the build fails
 */
export async function buildAndPack(): Promise<string> {
	const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-pack-'));
	const built = process.env[TARBALL];
	if (built) {
		copyFileSync(built, join(folder, basename(built)));
		return join(folder, basename(built));
	}
	await npm(ROOT, ['run', 'build']);
	return await packInto(folder);
}

/**
 * Where n8n expects our community package. It loads that folder under the package's name
 * (`n8n-nodes-segmind-kling.klingO3`). Its other ways to load a folder would call the node `CUSTOM.klingO3`.
 */
export const packageFolder = (userFolder: string): string =>
	join(userFolder, '.n8n', 'nodes', 'node_modules', PACKAGE_NAME);

/** Unpacks the tarball there. */
export async function unpackInto(tarball: string, userFolder: string): Promise<void> {
	const folder = packageFolder(userFolder);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	await extract({ file: tarball, cwd: folder, strip: 1 });
}
