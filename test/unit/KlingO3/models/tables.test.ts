import type { ApiForm } from '../../../../nodes/KlingO3/fields/field';
import { DEFAULT_MODEL, MODELS } from '../../../../nodes/KlingO3/models';
import { fieldsOf, type Model } from '../../../../nodes/KlingO3/models/model';
import { roundUsd } from '../../../../nodes/KlingO3/models/price';
import { FACTS, type Fact } from './facts';

/** A form in the words of the facts. */
function said(form: ApiForm): string {
	const uri = form.format ? ` (${form.format})` : '';
	if (form.type !== 'array') return `${form.type}${uri}`;
	const most = form.maxItems === undefined ? '' : `, up to ${form.maxItems}`;
	const [type, rest = ''] = said(form.items!).split(' ');
	return `${type}[]${rest && ` ${rest}`}${most}`;
}

function factOf(form: ApiForm, isRequired?: boolean): Fact {
	const { items, enum: values, minimum, maximum, maxItems } = form;
	const range: Fact['range'] =
		maximum !== undefined
			? [minimum!, maximum]
			: maxItems !== undefined
				? [0, maxItems]
				: undefined;
	return {
		type: said({ ...form, maxItems: undefined }) as Fact['type'],
		...(isRequired && { isRequired }),
		...(form.default !== undefined && { default: form.default }),
		...(values && { values: [...values] }),
		...(range && { range }),
		...(items?.properties && {
			of: Object.fromEntries(
				Object.entries(items.properties).map(([name, inner]) => [name, said(inner)]),
			),
		}),
	};
}

const factsOf = (model: Model) =>
	Object.fromEntries(
		fieldsOf(model).map(({ api }) => [api.name, factOf(api.form, api.isRequired)]),
	);

describe('The tables of the models', () => {
	it('are those of the four models that Segmind has', () => {
		expect(MODELS.map(({ name }) => name)).toEqual(Object.keys(FACTS));
		expect(MODELS.map(({ label }) => label)).toEqual([
			'Image to Video',
			'Text to Video',
			'Video to Video: Reference',
			'Video to Video: Edit',
		]);
		expect(DEFAULT_MODEL).toBe('kling-o3-image2video');
	});

	it.each(MODELS)(
		'$label has exactly the fields of its page (facts.ts), in their forms',
		(model) => {
			expect(factsOf(model)).toEqual(FACTS[model.name].fields);
		},
	);

	it.each(MODELS)(
		'$label costs what its page says: 3 s at the lowest to 15 s at the highest rate',
		(model) => {
			const rates = model.rates.map(({ usdPerSecond }) => usdPerSecond);
			expect([
				roundUsd(Math.min(...rates) * 3),
				roundUsd(Math.max(...rates) * model.longest),
			]).toEqual(FACTS[model.name].price);
		},
	);

	it.each(MODELS)(
		'$label has one field that decides its length, and rates by fields that it has',
		(model) => {
			const fields = fieldsOf(model);
			expect(fields.filter(({ length }) => length)).toHaveLength(1);
			const deciding = new Set(model.rates.flatMap(({ when }) => Object.keys(when)));
			const priced = fields.filter(({ isPriced }) => isPriced).map(({ name }) => name);
			expect(priced).toEqual(expect.arrayContaining([...deciding]));
		},
	);

	it.each(MODELS)('$label has no two fields of the same name', (model) => {
		const names = fieldsOf(model).map(({ name }) => name);
		expect(names).toEqual([...new Set(names)]);
	});

	it('say cautions in sentences that fit the panel', () => {
		const texts = MODELS.flatMap(({ cautions }) => cautions.map(({ text }) => text));
		expect(texts.length).toBeGreaterThan(0);
		for (const text of texts) expect(text.length).toBeLessThanOrEqual(120);
	});
});
