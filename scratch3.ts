import { mkdtempSync, rmSync } from 'node:fs';
import { installN8n } from './harness/install';
import { startN8n } from './harness/n8n';
import { buildAndPack } from './harness/pack';
import { parkedWorkflow } from './test/e2e/support/parked';
import { testService } from './test/e2e/support/service';
const t0 = Date.now();
const say = (...a: unknown[]) => console.log(((Date.now() - t0) / 1000).toFixed(0), ...a);
(async () => {
	const tarball = process.env.TARBALL ?? (await buildAndPack());
	say(tarball);
	const service = await testService(3);
	const folder = mkdtempSync('/tmp/parkprobe/u-');
	const n8n = await startN8n({ installation: await installN8n('2.41.1'), userFolder: folder, tarball, credentials: [service.credential], env: { EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'false', EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none' } });
	try {
		say('started');
		await n8n.api.setupOwner();
		const w = parkedWorkflow('held', service);
		const wf = await n8n.api.addWorkflow({ ...w, settings: { ...w.settings, saveDataSuccessExecution: 'all' } });
		const order = async (motion: string) => { const a = await Promise.race([n8n.api.runWebhook('held', { data: { items: [{ motion }] } }), new Promise((r) => setTimeout(() => r('no answer in 20 s'), 20000))]); say('order', JSON.stringify((a as any).data ?? a).slice(0, 200)); };
		await order('Held');
		await new Promise((r) => setTimeout(r, 3000));
		for (const e of await n8n.api.executions({ workflowId: wf.id })) say(e.id, e.mode, e.status);
		await new Promise((r) => setTimeout(r, 72000));
		for (const e of await n8n.api.executions({ workflowId: wf.id })) say(e.id, e.mode, e.status);
		await order('Held');
		await new Promise((r) => setTimeout(r, 5000));
		for (const e of await n8n.api.executions({ workflowId: wf.id })) say(e.id, e.mode, e.status);
		say('jobs', JSON.stringify(service.jobs().map((j) => [j.body.prompt, j.billed])));
		say('workflows', JSON.stringify(await n8n.api.workflows()).slice(0, 200));
	} finally {
		console.log(n8n.log().split('\n').slice(-30).join('\n'));
		await n8n.stop(); await service.sandbox.close(); rmSync(folder, { recursive: true, force: true });
	}
})();
