import { imageSize } from 'image-size';

import { JobFailed } from './download';

/** Kling's limits for an input image. */
export const IMAGE_LIMITS = {
	...{ name: 'image', mostMegabytes: 10, timeoutMs: 10_000 },
	sidePixels: 300,
	/** Longer side over shorter side. */
	aspect: 2.5,
} as const;

/** image-size's names of the accepted formats. */
const FORMATS = ['jpg', 'png', 'webp'];

export interface InputImage {
	bytes: Buffer;
	/** jpg, png or webp */
	format: string;
	width: number;
	height: number;
}

function measure(bytes: Buffer): { type?: string; width: number; height: number } | undefined {
	try {
		return imageSize(bytes);
	} catch {
		return undefined; // no image format that the library knows
	}
}

/** What is wrong with an image. */
function complaint({ format, width, height }: Omit<InputImage, 'bytes'>): string | undefined {
	const { sidePixels, aspect } = IMAGE_LIMITS;
	const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
	if (!FORMATS.includes(format)) return 'unsupported image format, use JPEG, PNG or WebP';
	if (shorter < sidePixels)
		return `image is ${width}x${height}, each side needs ${sidePixels} pixels`;
	if (longer / shorter > aspect)
		return `aspect ratio of ${width}x${height} is outside 1:${aspect} to ${aspect}:1`;
	return undefined;
}

/** @throws JobFailed when it is no image of the known formats, or breaks a limit */
export function readImage(bytes: Buffer, field: string): InputImage {
	const { type: format = '', width = 0, height = 0 } = measure(bytes) ?? {};
	const wrong = complaint({ format, width, height });
	if (wrong) throw new JobFailed(`${field}: ${wrong}`);
	return { bytes, format, width, height };
}
