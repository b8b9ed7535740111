/** The text under the node on the canvas. */
import { DEFAULT_MODEL } from '../models';
import { lengthOf, type Model } from '../models/model';
import { isLengthInPanel } from '../models/price';
import { PRICING } from './fields';

/** A model's rates, and the length of its video. */
function scriptOf(model: Model): string {
	const rates = model.rates.map(({ when, usdPerSecond }) => [when, usdPerSecond]);
	const seconds = lengthOf(model)?.script ?? String(model.longest);
	const word = isLengthInPanel(model) ? 'about' : 'at most';
	return `${JSON.stringify(model.name)}: () => [${JSON.stringify(rates)}, ${seconds}, '${word}']`;
}

/**
 * Operation and resource as on all nodes, then the estimated price of one video. If the price depends on an
 * expression, it is not known before the run and is left out. n8n throws if such an expression needs the data of a
 * run.
 */
export const subtitle = (models: Model[]) => `={{ (() => {
	const p = $parameter;
	const name = p.operation + ': ' + p.resource;
	if (p.resource !== 'video' || !${JSON.stringify(PRICING)}.includes(p.operation)) return name;
	try {
		const models = { ${models.map(scriptOf).join(', ')} };
		const [rates, seconds, word] = models[p.model || ${JSON.stringify(DEFAULT_MODEL)}]();
		const rate = rates.find(([when]) => Object.keys(when).every((key) => p[key] === when[key]));
		return rate && seconds > 0 ? name + ', ' + word + ' $' + (seconds * rate[1]).toFixed(3).replace(/0$/, '') : name;
	} catch (error) {
		return name;
	}
})() }}`;
