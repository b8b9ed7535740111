/** When a field shows in the panel. */
import type { INodeProperties } from 'n8n-workflow';

export type Conditions = NonNullable<NonNullable<INodeProperties['displayOptions']>['show']>;

/** Adds conditions to the property's own ones. */
export function shownFor(show: Conditions, property: INodeProperties): INodeProperties {
	const { displayOptions } = property;
	return {
		...property,
		displayOptions: { ...displayOptions, show: { ...show, ...displayOptions?.show } },
	};
}
