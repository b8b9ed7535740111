import { ffprobe } from './ffmpeg';

export interface Probe {
	durationSeconds: number;
	width: number;
	height: number;
	hasVideo: boolean;
	hasAudio: boolean;
	/** Frames a second of the video track, 0 without one. */
	fps: number;
	/** ffprobe's names of the container, separated by commas. */
	format: string;
}

interface FfprobeReport {
	format?: { duration?: string; format_name?: string };
	streams?: Array<{
		codec_type?: string;
		width?: number;
		height?: number;
		avg_frame_rate?: string;
	}>;
}

/** ffprobe's "30000/1001" as a number. */
function fraction(text = '0'): number {
	const [above, below = 1] = text.split('/').map(Number);
	return above / below || 0;
}

/**
 * Measures a media file with ffprobe.
 * @param file a path, or a URL
 * @returns width and height in pixels, 0 without a video track
 * @throws Error when it is no media file
 */
export async function probe(file: string): Promise<Probe> {
	const json = await ffprobe(['-show_format', '-show_streams', '-of', 'json', file]);
	const { format, streams = [] } = JSON.parse(json) as FfprobeReport;
	const video = streams.find((stream) => stream.codec_type === 'video');
	return {
		durationSeconds: Number(format?.duration ?? 0),
		width: video?.width ?? 0,
		height: video?.height ?? 0,
		hasVideo: video !== undefined,
		hasAudio: streams.some((stream) => stream.codec_type === 'audio'),
		fps: fraction(video?.avg_frame_rate),
		format: format?.format_name ?? '',
	};
}
