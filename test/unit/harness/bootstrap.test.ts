/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test of a development tool */
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import execa from 'execa';

it('refuses to install through a symbolic link, and leaves the folder behind it alone', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-bootstrap-'));
	try {
		const clone = join(folder, 'clone');
		const target = join(folder, 'modules-of-another');
		mkdirSync(target);
		cpSync(join(__dirname, '../../../harness/bootstrap.js'), join(clone, 'harness/bootstrap.js'));
		for (const name of ['package.json', 'package-lock.json'])
			writeFileSync(join(clone, name), '{}');
		symlinkSync(target, join(clone, 'node_modules'));
		const command = ['harness/bootstrap.js', 'any.ts'];
		const { exitCode, stderr } = await execa('node', command, { cwd: clone, reject: false });
		expect(stderr).toContain('node_modules is a symbolic link');
		expect(exitCode).toBe(1);
		expect(readdirSync(target)).toEqual([]);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
