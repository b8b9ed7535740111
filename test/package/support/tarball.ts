/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** The package as npm would publish it, unpacked beside an n8n-workflow and nothing else. */
import execa from 'execa';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { extract } from 'tar';

export const ROOT = resolve(__dirname, '../../..');

export interface Tarball {
	/** Where the package was unpacked. */
	folder: string;
	/** bytes */
	packedSize: number;
	/** Every file, relative to the folder, with forward slashes. */
	files: string[];
	remove(): void;
}

/** All files below a folder, relative to it. */
export function filesBelow(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.sort();
}

/** Packs what `dist/` holds; builds it only when it is not there. */
export async function packAndUnpack(): Promise<Tarball> {
	if (!existsSync(join(ROOT, 'dist'))) await execa('npm', ['run', 'build'], { cwd: ROOT });
	const temporary = mkdtempSync(join(tmpdir(), 'segmind-kling-package-'));
	const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', temporary], {
		cwd: ROOT,
	});
	// Scripts that npm runs around packing may print above the JSON.
	const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as Array<{
		filename: string;
		size: number;
	}>;
	const folder = join(temporary, 'package');
	mkdirSync(folder);
	await extract({ file: join(temporary, packed.filename), cwd: folder, strip: 1 });
	mkdirSync(join(temporary, 'node_modules'));
	symlinkSync(
		join(ROOT, 'node_modules/n8n-workflow'),
		join(temporary, 'node_modules/n8n-workflow'),
	);
	return {
		folder,
		packedSize: packed.size,
		files: filesBelow(folder),
		remove: () => rmSync(temporary, { recursive: true, force: true }),
	};
}
