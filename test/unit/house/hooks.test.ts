/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** The git hooks that `npm run hooks` turns on. */
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import execa from 'execa';

const HOOKS = join(__dirname, '../../../.githooks');
const LONGEST = 72;

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'segmind-kling-hooks-'))));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(message: string) {
	const file = join(folder, 'message');
	writeFileSync(file, message);
	return await execa(join(HOOKS, 'commit-msg'), [file], { reject: false });
}

it('takes a subject of 72 characters, whatever the rest is', async () => {
	const { exitCode } = await check(`${'ü'.repeat(LONGEST)}\n\n${'a'.repeat(200)}`);
	expect(exitCode).toBe(0);
});

it('refuses a longer one, and says how long it is', async () => {
	const { exitCode, stderr } = await check('a'.repeat(LONGEST + 1));
	expect(exitCode).toBe(1);
	expect(stderr).toContain('has 73 characters');
});

it('leaves the subjects that git makes alone', async () => {
	expect((await check(`Merge branch '${'a'.repeat(LONGEST)}'`)).exitCode).toBe(0);
});

it.each(['commit-msg', 'pre-commit'])('%s may be executed', (name) => {
	accessSync(join(HOOKS, name), constants.X_OK);
});
