/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import axios from 'axios';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { FAULT_KINDS, STAGES, startSandbox, type Sandbox } from '../../sandbox';

const ROOT = join(__dirname, '../..');
const document = readFileSync(join(ROOT, 'docs/sandbox.md'), 'utf8');

describe('docs/sandbox.md', () => {
	it('names every stage and explains every kind of fault', () => {
		for (const stage of STAGES) expect(document).toContain(`\`${stage}\``);
		const explained = [...document.matchAll(/^\| `([a-z][a-z-]+)` \| [a-z]/gm)].map(
			([, kind]) => kind,
		);
		expect(explained.sort()).toEqual([...FAULT_KINDS].sort());
	});

	it('explains every setting, with its default', async () => {
		const sandbox = await startSandbox({ jobSeconds: 8 });
		const { data } = await axios.get(`${sandbox.gatewayUrl}/_sandbox/settings`);
		await sandbox.close();
		const rows = [...document.matchAll(/^\| `([a-z][A-Za-z0-9]+)` \| `?([^|`]+?)`? \| \S/gm)];
		const explained = Object.fromEntries(rows.map(([, name, value]) => [name, value]));
		const defaults = Object.entries(data as object).map(([name, value]) => [name, String(value)]);
		expect(explained).toEqual(Object.fromEntries(defaults));
	});

	it('has every flag of the command, and no other', () => {
		const command = readFileSync(join(ROOT, 'sandbox/cli.ts'), 'utf8');
		/** In the table of flags, and wherever the command is shown. */
		const lines = document.split('\n').filter((line) => /^\| `--|npm run sandbox/.test(line));
		const flags = new Set(lines.join('\n').match(/--[a-z][a-z-]+/g));
		const names = [...command.matchAll(/\.option\('(--[a-z-]+)/g)].map(([, name]) => name);
		expect([...flags].sort()).toEqual(names.sort());
	});

	describe('the commands', () => {
		let sandbox: Sandbox;
		beforeAll(async () => (sandbox = await startSandbox()));
		afterAll(async () => await sandbox.close());

		const address = (path: string) => `${sandbox.gatewayUrl}${path}`;
		const POST = /curl -X POST http:\/\/127\.0\.0\.1:4010(\S+)[^{}]*?-d '(.+?)'\n/gs;
		/** Sends what the document's command for this path sends. */
		const posted = async (wanted: string) => {
			const found = [...document.matchAll(POST)].find(([, path]) => path === wanted);
			return (await axios.post(address(wanted), JSON.parse(found![2]))).data;
		};

		it('inject a fault and take it away', async () => {
			const added = await posted('/_sandbox/faults');
			expect(added).toEqual({ added: 1 });
			const [, cleared] = /curl -X DELETE http:\/\/127\.0\.0\.1:4010([\w/]+)/.exec(document) ?? [];
			expect((await axios.delete(address(cleared))).data).toEqual({ cleared: true });
		});

		it('change settings, and put a request of an earlier day into the account', async () => {
			expect(await posted('/_sandbox/settings')).toMatchObject({ historyLagSeconds: 30 });
			const { key } = sandbox.createAccount({ key: 'SG_example_dummy_0000' });
			const { requestId } = await posted(`/_sandbox/accounts/${key}/past`);
			expect(sandbox.account(key).jobs).toMatchObject([{ requestId, cost: 1.4 }]);
		});

		it('show the page', async () => {
			const [, path] = /`http:\/\/127\.0\.0\.1:4010(\S+)` shows/.exec(document) ?? [];
			const { headers } = await axios.get(address(path));
			expect(headers['content-type']).toMatch('text/html');
		});
	});
});
