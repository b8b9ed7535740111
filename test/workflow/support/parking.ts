/**
 * What n8n's server does with executions that wait: it keeps them, wakes them, and hands what a sub-workflow gave to
 * the execution that is parked with it. Written after n8n 2.41.1 (`wait-tracker.js`, `workflow-helpers.js`,
 * `workflow-execute-additional-data.js`); the workflows themselves run in n8n-core. Real n8n is in test/e2e/park.test.ts.
 */
import { WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	NodeConnectionTypes,
	NodeHelpers,
	WAIT_FOR_SUB_EXECUTION,
	Workflow,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
	type INodeType,
	type IRun,
	type IRunExecutionData,
} from 'n8n-workflow';

import { KlingO3 } from '../../../nodes/KlingO3/KlingO3.node';
import { additionalData, buildWorkflow, KLING, runWorkflow, type RunOptions } from './engine';

const KNOWN = { 'n8n-nodes-base.executeWorkflowTrigger': {}, 'n8n-nodes-base.wait': {} };

function stub(execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>): INodeType {
	const description = {
		...{ displayName: 'Stub', name: 'stub', group: ['transform'], version: 1, description: '' },
		...{ defaults: {}, properties: [] },
		...{ inputs: [NodeConnectionTypes.Main], outputs: [NodeConnectionTypes.Main] },
	};
	return { description, execute } as unknown as INodeType;
}

/** A row of n8n's table of executions. */
interface Row {
	id: string;
	status: IRun['status'];
	data: IRunExecutionData;
	workflow: () => Workflow;
	options: RunOptions;
	parent?: string;
}

/** Of all servers: the node knows executions by their IDs. */
let executions = 0;

type ExecuteWorkflow = NonNullable<RunOptions['executeWorkflow']>;

/** ms that a Wait node takes, whatever it is told. */
const A_WAIT = 50;

export class ParkingServer {
	readonly rows = new Map<string, Row>();

	/**
	 * Told before an execution is woken, or a sub-workflow started: `parked`, `parking`, `keeper`, `fetcher`,
	 * `downloader`.
	 */
	before: (name: string) => void = () => {};

	/** What n8n has saved of an execution. */
	readonly read = async (id: string) => {
		const row = this.rows.get(id);
		return row && structuredClone(row.data);
	};

	private optionsOf(options: RunOptions, executionId: string): RunOptions {
		const full: RunOptions = {
			...options,
			executionId,
			knownTypes: KNOWN,
			getRunExecutionData: this.read,
		};
		full.executeWorkflow = this.startingFor(full);
		return full;
	}

	/** Executes the workflow; when it is parked, that is all for now. */
	async run(options: RunOptions) {
		const id = `x${++executions}`;
		const full = this.optionsOf(options, id);
		const row = { id, options: full, workflow: () => buildWorkflow(full) };
		const result = await runWorkflow({ ...full, onSave: (run) => this.save(run, row) });
		return { ...result, id };
	}

	private save(run: IRun, rest: Omit<Row, 'status' | 'data'>): void {
		const data = JSON.parse(JSON.stringify(run.data)) as IRunExecutionData;
		const { id, options, parent } = rest;
		const isKept =
			run.status !== 'error' || options.workflowSettings?.saveDataErrorExecution !== 'none';
		if (parent !== undefined || isKept) this.rows.set(id, { ...rest, status: run.status, data });
		else this.rows.delete(id);
	}

	private workflowOf(code: object, options: RunOptions): Workflow {
		const input = async function (this: IExecuteFunctions) {
			return [this.getInputData()];
		};
		const wait = async function (this: IExecuteFunctions) {
			await this.putExecutionToWait(new Date(Date.now() + A_WAIT));
			return [this.getInputData()];
		};
		const types: Record<string, INodeType> = {
			'n8n-nodes-base.executeWorkflowTrigger': stub(input),
			'n8n-nodes-base.wait': stub(wait),
			[KLING]: options.node ?? new KlingO3(),
		};
		return new Workflow({
			...(structuredClone(code) as { nodes: INode[]; connections: never }),
			id: buildWorkflow(options).id,
			active: false,
			nodeTypes: {
				getByName: (name) => types[name],
				getByNameAndVersion: (name) => NodeHelpers.getVersionedNodeType(types[name], 1),
				getKnownTypes: () => KNOWN,
			},
		});
	}

	/** Starts sub-workflows for an execution with these options. */
	private startingFor(options: RunOptions): ExecuteWorkflow {
		return (async (info, _, { inputData, parentExecution }) => {
			const id = `x${++executions}`;
			const full = { ...this.optionsOf(options, id), settings: {} };
			const workflow = () => this.workflowOf(info.code!, full);
			if (info.code!.name === 'Parked videos') this.before('parking');
			if (info.code!.name === 'Download parked videos') this.before('downloader');
			const first = workflow();
			const node = first.getNode('Videos')!;
			const data = createRunExecutionData({
				executionData: {
					nodeExecutionStack: [{ node, data: { main: [inputData ?? []] }, source: null }],
				},
			} as never);
			const run = await new WorkflowExecute(
				additionalData(full, id, []),
				'integrated',
				data,
			).processRunExecutionData(first);
			const parent = parentExecution?.shouldResume ? parentExecution.executionId : undefined;
			this.save(run, { id, options: full, workflow, parent: parent ?? '' });
			if (run.data.resultData.error) throw run.data.resultData.error;
			return { executionId: id, data: outputOf(run), waitTill: run.waitTill };
		}) as ExecuteWorkflow;
	}

	/** Wakes one execution and sees it to its end, or to its next wait. */
	private async wake(row: Row): Promise<void> {
		const { id, options, data, workflow } = row;
		this.before(nameOf(row));
		if (this.rows.get(id)?.status !== 'waiting') return;
		row.status = 'running';
		const mode = row.parent === undefined ? 'manual' : 'integrated';
		const engine = new WorkflowExecute(additionalData(options, id, []), mode, data);
		const run = await engine.processRunExecutionData(workflow());
		this.save(run, row);
		if (run.status !== 'waiting' && row.parent) await this.handOver(run, row.parent, id);
	}

	/** `updateParentExecutionWithChildResults`, and the parent's waking. */
	private async handOver(run: IRun, parentId: string, childId: string): Promise<void> {
		const parent = this.rows.get(parentId);
		if (parent?.status !== 'waiting') return;
		const [entry] = parent.data.executionData!.nodeExecutionStack;
		const { waitingChildExecutionIds: children } = entry.metadata as {
			waitingChildExecutionIds?: string[];
		};
		if (children && !children.includes(childId)) return;
		const { error } = run.data.resultData;
		if (error) entry.metadata = { ...entry.metadata, resumeError: error } as never;
		else entry.data = { main: outputOf(run) };
		await this.wake(parent);
	}

	/** Wakes what waits, again and again, until nothing waits any more but for others. */
	async settle(rounds = 200): Promise<void> {
		for (let round = 0; round < rounds; round++) {
			const due = [...this.rows.values()].filter(
				({ status, data }) =>
					status === 'waiting' &&
					new Date(data.waitTill!).getTime() !== WAIT_FOR_SUB_EXECUTION.getTime(),
			);
			if (due.length === 0) return;
			await new Promise((resolve) =>
				AbortSignal.timeout(A_WAIT).addEventListener('abort', resolve),
			);
			for (const row of due) await this.wake(row);
		}
	}

	/** Wakes the executions that wait for their time, once. */
	async tick(): Promise<void> {
		await this.settle(1);
	}

	/** Everything goes on in another n8n process, as after a restart or on another worker. */
	moveTo(node: INodeType): void {
		for (const row of this.rows.values()) row.options.node = node;
	}

	/** n8n is killed while an execution of this name is awake: whoever is parked with it gets n8n's error. */
	async crash(name: string): Promise<void> {
		const row = [...this.rows.values()].find((one) => nameOf(one) === name)!;
		row.status = 'crashed';
		const data = structuredClone(row.data);
		data.resultData.error = {
			message: 'Workflow did not finish, possible out-of-memory issue',
		} as never;
		await this.handOver({ data } as IRun, row.parent!, row.id);
	}

	/** Stop in the executions list, of one that waits. */
	stop(id: string): void {
		const row = this.rows.get(id)!;
		row.status = 'canceled';
		row.data.resultData.error = { message: 'The execution was cancelled manually' } as never;
	}

	/** Its row is deleted, by a person or by n8n's pruning. */
	remove(id: string): void {
		this.rows.delete(id);
	}

	/** What the execution has come to. */
	resultOf(id: string) {
		const row = this.rows.get(id)!;
		const [first] = row.data.resultData.runData.Kling?.at(-1)?.data?.main ?? [];
		return { status: row.status, output: first ?? [], error: row.data.resultData.error };
	}
}

const outputOf = ({ data: { resultData } }: IRun): INodeExecutionData[][] =>
	(resultData.runData[resultData.lastNodeExecuted ?? '']?.at(-1)?.data?.main ??
		[]) as INodeExecutionData[][];

const nameOf = ({ data, parent }: Row): string =>
	parent === undefined ? 'parked' : 'Keep' in data.resultData.runData ? 'keeper' : 'fetcher';
