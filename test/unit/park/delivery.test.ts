import {
	createRunExecutionData,
	type INode,
	type INodeExecutionData,
	type IRunExecutionData,
	type ITaskData,
} from 'n8n-workflow';

import { deliveryOf } from '../../../nodes/segmind/park/engine';

const RUN = {
	...{ executionId: '7', workflowId: 'w', node: 'Kling', run: 0 },
	continues: false,
};
const REQUESTS = ['r-1', 'r-2'];

const task = (executionStatus: ITaskData['executionStatus']) =>
	({ executionStatus, startTime: 0, executionTime: 0, executionIndex: 0, source: [] }) as ITaskData;

/** What n8n has saved of an execution that is at our node. */
function saved(
	status: ITaskData['executionStatus'],
	next: INodeExecutionData[],
	error?: Error,
): IRunExecutionData {
	return createRunExecutionData({
		resultData: { runData: { Kling: [task(status)] }, error: error as never },
		executionData: {
			nodeExecutionStack: [
				{ node: { name: 'Kling' } as INode, data: { main: [next] }, source: null },
			],
		},
	});
}

const INPUT = [{ json: { motion: 'Rain' } }];
const OUTPUT = [{ json: { requestId: 'r-1', status: 'COMPLETED' } }];

describe('Whether a parked execution has its videos', () => {
	it.each([
		['parked', saved('waiting', INPUT), 'waiting'],
		['parked, and n8n has written the videos into it', saved('waiting', OUTPUT), 'handed over'],
		[
			'the same with an error item',
			saved('waiting', [{ json: { error: 'x', details: { requestId: 'r-2' } } }]),
			'handed over',
		],
		['gone on', saved('success', []), 'delivered'],
		['gone on, and failed in a later node', saved('success', [], new Error('later')), 'delivered'],
		['stopped while parked', saved('waiting', INPUT, new Error('stopped')), 'ended'],
		['woken and ended by its time-out', saved('waiting', OUTPUT, new Error('time-out')), 'ended'],
		['not in the database any more', undefined, 'delivered'],
	])('%s', (_, data, delivery) => {
		expect(deliveryOf(data, RUN, REQUESTS)).toBe(delivery);
	});

	describe('ended by its time-out, and saved without an error', () => {
		const withMemory = (data: IRunExecutionData, node = 'Kling') => {
			data.executionData!.contextData = { 'node:Kling': { jobs: [{ requestId: 'r-1' }] } as never };
			data.executionData!.nodeExecutionStack[0].node.name = node;
			return data;
		};

		it.each([
			['while it was parked', withMemory(saved('waiting', INPUT)), undefined, 'ended'],
			['before n8n had saved that', withMemory(saved('waiting', INPUT), 'Other'), 1, 'ended'],
			['when it was woken', withMemory(saved('waiting', OUTPUT)), undefined, 'ended'],
			['not at all: it waits', withMemory(saved('waiting', INPUT)), 1, 'waiting'],
			['not at all: it is woken next', withMemory(saved('waiting', OUTPUT)), 1, 'handed over'],
		])('%s', (_, data, waitTill, delivery) => {
			data.waitTill = waitTill === undefined ? undefined : new Date(waitTill);
			expect(deliveryOf(data, RUN, REQUESTS)).toBe(delivery);
		});
	});

	it('of another run of the node says nothing of this one', () => {
		const data = saved('success', OUTPUT);
		data.resultData.runData.Kling.push(task('waiting'));
		data.executionData!.nodeExecutionStack[0].data.main = [INPUT];
		expect(deliveryOf(data, { ...RUN, run: 1 }, REQUESTS)).toBe('waiting');
	});
});
