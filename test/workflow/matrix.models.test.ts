/** Every fault once in a single video of each model that `matrix.test.ts` has no batches of. */
import { MODELS } from '../../nodes/KlingO3/models';
import { imageToVideo } from '../../nodes/KlingO3/models/imageToVideo';
import { testMatrix, type Size } from './support/matrix';

const SINGLES = MODELS.filter((model) => model !== imageToVideo).map(
	(model): Size => ({ model, concurrency: 1, items: 1, struck: 0, atOnce: 20 }),
);

testMatrix(SINGLES);
