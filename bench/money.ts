/** What a batch costs when one of its items has a misfortune, and what the user is left with. */
import type { Execution } from '../harness/api';
import { countVideos, idsIn, runWorkflow } from './executions';
import { itemsOf, promptOf, type Contender, type Lab, type Log } from './lab';
import { addWorkflow, serviceOf } from './measure';
import { whenAllEnded, type Misfortune, type Service } from './services';
import type { BenchSettings } from './settings';

export const MISFORTUNES: Misfortune[] = ['rejected', 'failed', 'bad-gateway', 'cut'];

export interface Bill {
	/** Of the (last) execution. */
	status: string;
	paid: number;
	/** Video files in the execution's output. */
	videos: number;
	/** Paid jobs whose request ID stands in the outputs and errors of the execution. */
	ids: number;
}

export interface MoneyRow {
	contender: string;
	misfortune: Misfortune;
	/** As it is. */
	plain: Bill;
	/** After one press of Retry in the executions list on a plain run that failed. */
	retried?: Bill;
	/** With Retry On Fail. */
	retryOnFail: Bill;
}

async function bill(service: Service, since: number, executions: Execution[]): Promise<Bill> {
	await whenAllEnded(service, since);
	const paid = service
		.jobs(since)
		.filter((job) => job.paid)
		.map(({ id }) => id);
	const known = new Set(executions.flatMap((execution) => idsIn(execution, paid)));
	const last = executions.at(-1)!;
	return {
		status: last.status,
		paid: paid.length,
		videos: countVideos(last),
		ids: known.size,
	};
}

/** MiniMax's node looks at once and then 15 s later: its jobs are done at once, or the table would take an hour. */
const jobSecondsFor = ({ id }: Contender, { money }: BenchSettings) =>
	id === 'minimax' ? 0 : money.jobSeconds;

export async function moneyRow(
	lab: Lab,
	settings: BenchSettings,
	contender: Contender,
	misfortune: Misfortune,
): Promise<MoneyRow> {
	const { api } = lab.n8n;
	const { service } = serviceOf(lab, lab.money, contender);
	const { waitSeconds, failingItem } = settings.money;
	service.setJobSeconds(jobSecondsFor(contender, settings));

	const run = async (retryOnFail: boolean) => {
		const workflow = await addWorkflow(lab, lab.money, contender, { waitSeconds, retryOnFail });
		service.clearFaults();
		service.strike(misfortune, promptOf(failingItem - 1));
		const since = Date.now();
		const { summary } = await runWorkflow(api, workflow, itemsOf(settings.items));
		return { since, execution: await api.execution(summary.id) };
	};

	const first = await run(false);
	const plain = await bill(service, first.since, [first.execution]);
	let retried: Bill | undefined;
	if (first.execution.status !== 'success') {
		const again = await api.retry(first.execution.id, { loadWorkflow: false });
		retried = await bill(service, first.since, [first.execution, again]);
	}
	const persistent = await run(true);
	const retryOnFail = await bill(service, persistent.since, [persistent.execution]);
	service.clearFaults();
	return { contender: contender.id, misfortune, plain, retried, retryOnFail };
}

export async function moneyTable(
	lab: Lab,
	settings: BenchSettings,
	who: Contender[],
	log: Log,
): Promise<MoneyRow[]> {
	const rows: MoneyRow[] = [];
	for (const contender of who) {
		for (const misfortune of MISFORTUNES) {
			const row = await moneyRow(lab, settings, contender, misfortune);
			rows.push(row);
			log(`  ${contender.name}, ${misfortune}: ${JSON.stringify(row)}`);
		}
	}
	return rows;
}
