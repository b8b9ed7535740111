import {
	become,
	fromItems,
	runningIn,
	toItems,
	type ParkedItem,
	type ParkedVideo,
} from '../../../nodes/KlingO3/operations/video/parked/item';
import { failedJob, parkedProblem } from '../../../nodes/segmind/problems';

const RUN = {
	...{ executionId: '7', workflowId: 'w', node: 'Kling', run: 0 },
	continues: true,
};
const VIDEO: ParkedVideo = {
	requestId: 'r-1',
	submittedAt: 1,
	due: 2,
	deadline: 3,
	asked: { duration: 3 },
	note: { hash: 'h', slot: 1, hour: 4, minute: 5, second: 6 },
	options: { downloadVideo: true, outputBinaryField: 'data', fileName: '', shape: 'simplified' },
};
const BINARY = { data: { id: 'filesystem-v2:x', mimeType: 'video/mp4', data: '' } };
const ITEMS: ParkedItem[] = [
	{ run: RUN, state: { is: 'running', video: VIDEO } },
	{ run: RUN, state: { is: 'failed', problem: failedJob('r-2', 'no face') } },
	{
		run: RUN,
		state: { is: 'ready', video: VIDEO, result: { response: {} }, json: { requestId: 'r-1' } },
		binary: BINARY,
	},
];

/** As n8n's database keeps it. */
const saved = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;

describe('An item of a parked run', () => {
	it('is the same after it was in the database', () => {
		expect(fromItems(saved(toItems(ITEMS)))).toEqual(saved(ITEMS));
	});

	it('is paired with the item that it was made from, and shows its request and how it stands', () => {
		expect(toItems(ITEMS, 70).map(({ json, pairedItem }) => ({ json, pairedItem }))).toMatchObject([
			{ json: { requestId: 'r-1', state: 'running', waitSeconds: 70 }, pairedItem: { item: 0 } },
			{ json: { requestId: 'r-2', state: 'failed' }, pairedItem: { item: 1 } },
			{ json: { requestId: 'r-1', state: 'ready' }, pairedItem: { item: 2 } },
		]);
	});

	it("is not n8n's error item, nor nothing", () => {
		expect(fromItems([{ json: { error: 'Workflow did not finish' } }])).toBeUndefined();
		expect(fromItems([])).toBeUndefined();
	});

	it('loses its file with its state', () => {
		const failed = become(ITEMS[2], { is: 'failed', problem: failedJob('r-1', 'x') });
		expect(failed.binary).toBeUndefined();
	});

	it('is waited for while it is running', () => {
		expect(runningIn(ITEMS)).toEqual([VIDEO]);
	});
});

it("an error of a parked run does not send the user to n8n's Retry", () => {
	const { description } = parkedProblem(failedJob('r-2', 'no face'));
	expect(description).toContain('Execute the workflow again');
	expect(description).toContain('Retry in the executions list repeats this error');
});
