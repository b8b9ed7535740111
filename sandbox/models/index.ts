import { DEFAULT_MODEL, MODELS } from '../../nodes/KlingO3/models';
import { served, type Model } from './model';

/** What an account's request of an earlier day was for, unless told otherwise. */
export const FIRST_MODEL = DEFAULT_MODEL;

/** The models that the sandbox knows are those that the node has. */
export function findModel(name: string): Model | undefined {
	const table = MODELS.find((model) => model.name === name);
	return table && served(table);
}
