/** The options of every model: how a job and its output are handled. */
import type { IDataObject } from 'n8n-workflow';

import { success, type Outcome } from '../../../segmind/outcome';
import { apiVersion } from './apiVersion';
import { checkBalance } from './checkBalance';
import { concurrency } from './concurrency';
import { extraBody } from './extraBody';
import { fileName } from './fileName';
import { maxCostPerRun, maxCostPerVideo } from './maxCost';
import { maxWait } from './maxWait';
import type { Option } from './option';
import { output, outputFields } from './output';
import { outputBinaryField } from './outputBinaryField';
import { resubmitUnknown } from './resubmitUnknown';
import { retrySubmitOnServerError } from './retrySubmitOnServerError';
import { reuseUndelivered } from './reuseUndelivered';
import { simplify } from './simplify';
import { survivesRestarts } from './survivesRestarts';

export const OPTIONS = {
	apiVersion,
	checkBalance,
	concurrency,
	extraBody,
	fileName,
	maxCostPerRun,
	maxCostPerVideo,
	maxWait,
	output,
	outputBinaryField,
	outputFields,
	resubmitUnknown,
	retrySubmitOnServerError,
	reuseUndelivered,
	simplify,
	survivesRestarts,
};

/** Options that change nothing about the video itself. */
export const HANDLING = Object.keys(OPTIONS).filter((name) => name !== 'extraBody');

type ValueOf<T> = T extends Option<infer Value> ? Value : never;

/** How one item's job and output are handled. */
export type OptionValues = { [Name in keyof typeof OPTIONS]: ValueOf<(typeof OPTIONS)[Name]> };

/** @param options the options that the user added; a missing one takes its default */
export function readOptions(options: IDataObject): Outcome<OptionValues> {
	const values: Record<string, unknown> = {};
	for (const [name, option] of Object.entries(OPTIONS)) {
		const value: Outcome<unknown> =
			name in options ? option.read(options[name]) : success(option.absent);
		if (!value.ok) return value;
		values[name] = value.value;
	}
	return success(values as OptionValues);
}
