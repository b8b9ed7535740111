/** What a user reads when a parked run did not get its videos. */
import { sentences, type Problem } from '../../../../segmind/job/problem';
import type { ParkedVideo } from './item';

const FETCH_IT =
	'The video goes on at Segmind and is billed when it is done: do not generate it again, use the Get operation with this request ID';

/** n8n was killed in the middle of the fetching again and again, or ends it for another reason. */
export const givenUp = ({ requestId }: ParkedVideo, why: string): Problem => ({
	kind: 'service',
	message: sentences(
		`n8n ended the execution that fetches request ${requestId} again and again: ${why}`,
		FETCH_IT,
	),
	description: '',
	billed: 'possibly',
	requestId,
});

/** The execution was stopped or deleted while it was parked. */
export const nobodyWaits = ({ requestId }: ParkedVideo): Problem => ({
	kind: 'service',
	message: sentences(
		`The execution that waited for request ${requestId} was stopped or deleted`,
		FETCH_IT,
	),
	description: 'The next execution of the workflow with the same video takes it over too.',
	billed: 'possibly',
	requestId,
});

/**
 * n8n 2.41.1 keeps the error of a parked execution, and its Retry gives the same error again without running the node.
 */
export const parkedProblem = (problem: Problem): Problem => ({
	...problem,
	description: sentences(
		problem.description,
		'This execution was parked: Retry in the executions list repeats this error and does nothing else. Execute the workflow again with the same items: the node takes over what is paid',
	),
});
