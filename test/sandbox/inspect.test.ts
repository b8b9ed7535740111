/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { once } from 'node:events';
import { join } from 'node:path';

import execa from 'execa';

import { caller, http, inspect, useSandbox } from './support';
import { startSandbox, type RequestReport } from '../../sandbox';

const sandbox = useSandbox();
const client = () => inspect(sandbox.current);

describe('the sandbox over HTTP', () => {
	it('says that it is well, and where', async () => {
		const { gatewayUrl, storageUrl, filesUrl, historyUrl } = sandbox.current;
		const urls = {
			gateway: gatewayUrl,
			storage: storageUrl,
			files: filesUrl,
			history: historyUrl,
		};
		expect((await client().get('/health')).data).toEqual({ status: 'ok', urls });
		expect(new Set(Object.values(urls)).size).toBe(4);
	});

	it('opens accounts and shows their ledger', async () => {
		const { data: account } = await client().post('/accounts', { key: 'SG_remote', credits: 7 });
		expect(account).toMatchObject({ key: 'SG_remote', credits: 7, mayUseModel: true });
		expect((await client().get('/accounts/SG_remote')).data).toEqual({
			key: 'SG_remote',
			balance: 7,
			spent: 0,
			jobs: [],
			uploads: [],
		});
		expect((await client().post('/accounts', {})).data.key).toMatch(/^SG_[0-9a-f]{16}$/);
		await expect(client().post('/accounts', { key: 'SG_remote' })).rejects.toThrow('409');
		await expect(client().get('/accounts/SG_nobody')).rejects.toThrow('404');
		expect(() => sandbox.current.account('SG_nobody')).toThrow('No account');
	});

	it('waits for jobs and requests, injects and clears faults, expires', async () => {
		const me = caller(sandbox.current);
		const { version } = (await client().get('/changes?after=-1')).data;
		const changed = client().get(`/changes?after=${version}`);
		const id = await me.finish();
		expect((await changed).data.version).toBeGreaterThan(version);
		await client().post('/faults', {
			stage: 'status',
			times: 0,
			fault: { kind: 'respond', status: 418 },
		});
		expect((await me.status(id)).status).toBe(418);
		await client().delete('/faults');
		expect((await me.status(id)).status).toBe(200);
		await client().post(`/expire/${encodeURIComponent(id)}`, {});
		expect((await me.status(id)).status).toBe(404);
		await expect(client().post('/expire/nothing', {})).rejects.toThrow('404');
		const mine = (await client().get<RequestReport[]>('/requests')).data.filter(
			({ key }) => key === me.key,
		);
		expect(mine.map(({ stage }) => stage)).toEqual(['submit', 'status', 'status', 'status']);
		expect(mine[0].body).toEqual(me.body());
	});

	it('changes settings and refuses what it does not know', async () => {
		const resultShape = 'output-only';
		const { data } = await client().post('/settings', { resultShape });
		expect(data).toMatchObject({ resultShape });
		await client().post('/settings', { resultShape: 'full' });
		const base = `${sandbox.current.gatewayUrl}/_sandbox`;
		expect((await http.post(`${base}/settings`, { resultShape: 'odd' })).status).toBe(400);
		expect((await http.post(`${base}/settings`, { nonsense: 1 })).status).toBe(400);
		expect((await http.post(`${base}/accounts`, { kee: 'x' })).status).toBe(400);
		const rule = { stage: 'status', fault: { kind: 'explode' } };
		expect((await http.post(`${base}/faults`, rule)).status).toBe(400);
		expect((await http.post(`${base}/faults`, { ...rule, stage: 'x' })).status).toBe(400);
	});

	it('shows a page for people, harmless whatever callers send', async () => {
		const me = caller(sandbox.current);
		await me.finish({ prompt: '<script>alert(1)</script>' });
		const { headers, data } = await http.get(`${sandbox.current.gatewayUrl}/_sandbox`);
		expect(headers['content-type']).toContain('text/html');
		expect(data).toContain(me.key);
		expect(data).toContain(sandbox.current.account(me.key).jobs[0].videoUrl);
		expect(data).toContain('&lt;script&gt;alert(1)');
		expect(data).not.toContain('<script>alert(1)');
	});

	it('leaves its own calls out of the log', async () => {
		expect(sandbox.current.requests().filter(({ path }) => path.includes('_sandbox'))).toEqual([]);
	});
});

describe('closing', () => {
	it('ends held connections and rejects who waits', async () => {
		const brief = await startSandbox({ jobSeconds: 60 });
		const me = caller(brief);
		const held = me.generate();
		const waiting = brief.whenJobs(([job]) => job?.billed);
		await brief.whenJobs((jobs) => jobs.length === 1);
		const rejected = Promise.all([
			expect(held).rejects.toThrow(),
			expect(waiting).rejects.toThrow('closed'),
		]);
		await brief.close();
		await rejected;
	});

	it('frees the ports of a start that failed', async () => {
		const port = Number(new URL(sandbox.current.storageUrl).port);
		await expect(startSandbox({ ports: { storage: port } })).rejects.toThrow('EADDRINUSE');
	});
});

describe('the command', () => {
	it('prints what to enter, serves, and ends cleanly on SIGTERM', async () => {
		const cli = join(__dirname, '../../sandbox/cli.ts');
		const ports = ['', 'storage-', 'files-', 'history-'].flatMap((name) => [`--${name}port`, '0']);
		const run = execa('node', ['--import', 'tsx', cli, ...ports, '--job-seconds', '0.5']);
		let printed = '';
		run.stdout!.on('data', (chunk) => (printed += String(chunk)));
		while (!printed.includes('/_sandbox')) await once(run.stdout!, 'data');
		expect(printed).toContain('SG_example_dummy_0000');
		const gatewayUrl = /Base URL +(\S+)/.exec(printed)![1];
		const { urls } = (await inspect({ gatewayUrl }).get('/health')).data;
		expect(/History URL +(\S+)/.exec(printed)![1]).toBe(urls.history);
		const { data } = await inspect({ gatewayUrl }).get('/accounts/SG_example_dummy_0000');
		expect(data.balance).toBe(100);
		run.kill('SIGTERM');
		expect((await run).exitCode).toBe(0);
	});

	it('takes settings and a TLS port, and refuses what is no setting', async () => {
		const cli = join(__dirname, '../../sandbox/cli.ts');
		const ports = ['', 'storage-', 'files-', 'history-'].flatMap((name) => [`--${name}port`, '0']);
		const start = (...args: string[]) => execa('node', ['--import', 'tsx', cli, ...ports, ...args]);
		const settings = ['--set', 'historyEnvelope=data', '--set', 'historyAvailable=false'];
		const run = start(...settings, '--set', 'historyClockOffsetSeconds=-2.5', '--tls-port', '0');
		let printed = '';
		run.stdout!.on('data', (chunk) => (printed += String(chunk)));
		while (!printed.includes('/_sandbox')) await once(run.stdout!, 'data');
		const gatewayUrl = /Base URL +(\S+)/.exec(printed)![1];
		expect((await http.get(`${gatewayUrl}/_sandbox/settings`)).data).toMatchObject({
			historyEnvelope: 'data',
			historyAvailable: false,
			historyClockOffsetSeconds: -2.5,
		});
		const tlsUrl = /Base URL over TLS +(https:\S+)/.exec(printed)![1];
		expect((await inspect({ gatewayUrl }).get('/health')).data.urls.tls).toBe(tlsUrl);
		run.kill('SIGTERM');
		await run;
		for (const wrong of ['historyEnvelope=xml', 'nonsense=1', 'jobSeconds=soon'])
			await expect(start('--set', wrong)).rejects.toMatchObject({
				exitCode: 1,
				stderr: expect.stringContaining(`--set ${wrong}: body`),
			});
	});
});
