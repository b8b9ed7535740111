import type { IDataObject } from 'n8n-workflow';

import { success } from '../../../segmind/outcome';
import { invalid } from '../field';
import { readJsonObject } from '../text';
import type { Option } from './option';

const LABEL = 'Extra Body Fields';

/**
 * @param apiNames the API's fields that have their own field in the panel, where they are checked and priced
 * @returns a sentence about the first of these fields that the user's extra fields set
 */
export function ownFieldProblem(extraBody: IDataObject, apiNames: string[]): string | undefined {
	const own = Object.keys(extraBody).find((key) => apiNames.includes(key));
	return own && `${LABEL} sets "${own}", which has a field of its own in this node`;
}

/** For fields that Segmind adds after this version. */
export const extraBody: Option<IDataObject> = {
	property: {
		displayName: LABEL,
		name: 'extraBody',
		type: 'json',
		default: '{}',
		description:
			'A JSON object that is added to the request to Segmind, for fields that this node does not know yet',
	},
	operations: ['generate', 'start'],
	absent: {},
	read(value) {
		const object = readJsonObject(value);
		return object ? success(object as IDataObject) : invalid(`${LABEL} is not a JSON object`);
	},
};
