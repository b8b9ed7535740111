/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

describe('The version', () => {
	it('is the newest of the changelog, which says what is in it', () => {
		const [, newest, notes] =
			/^## (\S+).*\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(read('CHANGELOG.md')) ?? [];
		expect(newest).toBe(version);
		expect(notes.trim()).toMatch(/^- /m);
	});

	it('is the one of the lockfile', () => {
		const lock = JSON.parse(read('package-lock.json')) as {
			version: string;
			packages: Record<string, { version: string }>;
		};
		expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
	});

	it('is one that gets security fixes', () => {
		const [major] = version.split('.');
		expect(read('SECURITY.md')).toMatch(new RegExp(`^\\| ${major}\\.x \\| yes \\|$`, 'm'));
	});
});

describe('The Publish workflow', () => {
	const workflow = read('.github/workflows/publish.yml');
	const [, publish] = workflow.split(/^ {2}publish:$/m);

	it('starts at the tag of a version, and only when it is the one of package.json', () => {
		expect(workflow).toMatch(/^on:\n {2}push:\n {4}tags: \['v\*'\]\n\n/m);
		expect(publish).toContain(`"v$(node -p "require('./package.json').version")"`);
	});

	it('publishes with provenance, which needs an identity token, and only after all tests', () => {
		expect(publish).toMatch(/^ {4}needs: test$/m);
		expect(publish).toMatch(/^ {6}id-token: write$/m);
		expect(publish).toMatch(/^ {6}- run: npm publish --provenance --access public$/m);
		expect(workflow).toMatch(/^ {2}test:\n {4}uses: \.\/\.github\/workflows\/ci\.yml$/m);
		expect(read('.github/workflows/ci.yml')).toMatch(/^ {6}- run: npm test$/m);
	});

	it('builds and looks at the package before it publishes it', () => {
		const steps = ['--only lint,build,package', 'npm publish'].map((step) => publish.indexOf(step));
		expect(steps[0]).toBeGreaterThan(0);
		expect(steps[1]).toBeGreaterThan(steps[0]);
	});

	it('gives no other step more than it needs', () => {
		expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m);
		expect(workflow).not.toMatch(/write-all|contents: write/);
	});
});

describe('The CI workflow', () => {
	const ci = read('.github/workflows/ci.yml');

	it('answers within five minutes, besides the whole test', () => {
		const [, quick] = /^ {2}quick:\n([\s\S]*?)^ {2}\w/m.exec(ci) ?? [];
		expect(quick).toMatch(/^ {4}timeout-minutes: 5$/m);
		expect(quick).toMatch(/^ {6}- run: npm run test:fast$/m);
	});

	it('ends when a newer push arrives', () => {
		expect(ci).toMatch(/^ {2}cancel-in-progress: true$/m);
	});
});
