/** Several pictures in one field. */
import { success, type Outcome } from '../../../segmind/outcome';
import { invalid } from '../field';
import { readUrlList } from '../text';
import { IMAGE } from './imageFile';
import type { Media } from './media';
import { readUrl } from './read';

/** How to fill in the field, for its description. */
export const LIST_FORM =
	'Public web addresses or data:image URLs, separated by commas or as a list in an expression';

/**
 * @param field the field's name as the user sees it
 * @param value a list, its JSON text, or URLs separated by commas
 */
export function readImages(field: string, value: unknown): Outcome<Media[]> {
	const images: Media[] = [];
	for (const [index, entry] of readUrlList(value).entries()) {
		const name = `${field}, image ${index + 1}`;
		// Without this check, two URLs without a comma between them would count as one.
		if (typeof entry === 'string' && /\S\s+\S/.test(entry) && !/^\s*data:/i.test(entry)) {
			return invalid(`${name} has a space in it: "${entry.slice(0, 100)}"`);
		}
		const image = readUrl(IMAGE, name, entry);
		if (!image.ok) return image;
		images.push(image.value);
	}
	return success(images);
}
