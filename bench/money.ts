/** What a batch costs when one of its items has a fault, and what the user is left with. */
import type { Execution } from '../harness/drive/api';
import { countVideos, idsIn, runWorkflow } from './executions';
import { itemsOf, promptOf, type Contender, type Lab, type Log } from './lab';
import { addWorkflow } from './measure';
import { whenAllEnded, type FaultName, type Service } from './services';
import type { BenchSettings } from './settings';

const FAULTS: FaultName[] = ['rejected', 'failed', 'bad-gateway', 'cut'];

async function bill(service: Service, since: number, executions: Execution[]) {
	await whenAllEnded(service, since);
	const jobs = service.jobs(since).filter(({ paid }) => paid);
	const paid = jobs.map(({ id }) => id);
	const known = new Set(executions.flatMap((execution) => idsIn(execution, paid)));
	const last = executions.at(-1)!;
	return {
		/** Of the (last) execution. */
		status: last.status,
		paid: paid.length,
		/** Video files in the execution's output. */
		videos: countVideos(last),
		/** Paid jobs whose request ID stands in the outputs and errors of the execution. */
		ids: known.size,
	};
}
export type Bill = Awaited<ReturnType<typeof bill>>;

async function moneyRow(lab: Lab, settings: BenchSettings, contender: Contender, fault: FaultName) {
	const { n8n, sites } = lab;
	const { service } = sites.money;
	const { waitSeconds, failingItem, jobSeconds } = settings.money;
	// MiniMax's node looks at once and then 15 s later: its jobs are done at once, or the table would take an hour.
	service.setJobSeconds(contender.id === 'minimax' ? 0 : jobSeconds);

	const run = async (retryOnFail: boolean) => {
		const workflow = await addWorkflow(lab, sites.money, contender, { waitSeconds, retryOnFail });
		service.clearFaults();
		service.inject(fault, promptOf(failingItem - 1));
		const since = Date.now();
		const { summary } = await runWorkflow(n8n.api, workflow, itemsOf(settings.items));
		const execution = await n8n.api.execution(summary.id);
		return { since, execution, bill: await bill(service, since, [execution]) };
	};

	const { since, execution, bill: plain } = await run(false);
	let retried: Bill | undefined;
	if (execution.status !== 'success') {
		const again = await n8n.api.retry(execution.id, { loadWorkflow: false });
		retried = await bill(service, since, [execution, again]);
	}
	const { bill: retryOnFail } = await run(true);
	service.clearFaults();
	return {
		...{ contender: contender.id, fault },
		/** As it is. */
		plain,
		/** After one press of Retry in the executions list on a plain run that failed. */
		retried,
		/** With Retry On Fail. */
		retryOnFail,
	};
}
export type MoneyRow = Awaited<ReturnType<typeof moneyRow>>;

/** All faults, for each of the contenders. */
export async function moneyTable(
	lab: Lab,
	settings: BenchSettings,
	who: Contender[],
	log: Log,
): Promise<MoneyRow[]> {
	const rows: MoneyRow[] = [];
	for (const contender of who) {
		for (const fault of FAULTS) {
			const row = await moneyRow(lab, settings, contender, fault);
			rows.push(row);
			log(`  ${contender.name}, ${fault}: ${JSON.stringify(row)}`);
		}
	}
	return rows;
}
