/**
 * Notices in the panel: what a video costs, and what does not go together, before the user starts the run. n8n shows
 * only static text, so each case has its own notice.
 */
import type { INodeProperties } from 'n8n-workflow';

import { DURATION } from '../fields/duration';
import type { Model, Rate } from '../models/model';
import { isLengthInPanel, usd } from '../models/price';

export interface Notice {
	properties: INodeProperties[];
	/** It shows for these values of fields. */
	show: Record<string, unknown[]>;
	/** Whether it is about the price. Then Estimate Cost shows it too. */
	isPriced: boolean;
}

interface Text {
	text: string;
	show: Notice['show'];
	isPriced: boolean;
}

function priceText({ label, usdPerSecond }: Rate, model: Model): string {
	const costs = `${label} costs about ${usd(usdPerSecond)} per second of`;
	if (!isLengthInPanel(model)) {
		return `${costs} the input video: at most ${usd(usdPerSecond * model.longest)} for ${model.longest} s`;
	}
	const examples = [DURATION.shortest, DURATION.usual, model.longest].map(
		(seconds) => `${usd(seconds * usdPerSecond)} for ${seconds} s`,
	);
	return `${costs} video: ${examples.join(', ')}`;
}

const textsOf = (model: Model): Text[] => [
	...model.rates.map((rate) => ({
		text: priceText(rate, model),
		show: Object.fromEntries(Object.entries(rate.when).map(([name, value]) => [name, [value]])),
		isPriced: true,
	})),
	...model.cautions.flatMap(({ text, show }) => (show ? [{ text, show, isPriced: false }] : [])),
];

/** @returns each model's notices; models with the same text share a notice */
export function notices(models: Model[]): (model: Model) => Notice[] {
	const known = new Map<string, Notice>();
	const noticeOf = (said: Text): Notice => {
		const key = JSON.stringify(said);
		const { text, show, isPriced } = said;
		const property: INodeProperties = {
			displayName: text,
			name: `notice${known.size + 1}`,
			type: 'notice',
			default: '',
			displayOptions: { show: show as never },
		};
		const notice = known.get(key) ?? { properties: [property], show, isPriced };
		known.set(key, notice);
		return notice;
	};
	const all = new Map(models.map((model) => [model, textsOf(model).map(noticeOf)]));
	return (model) => all.get(model) ?? [];
}
