import { ffprobe } from './ffmpeg';

interface FfprobeReport {
	format?: { duration?: string; format_name?: string };
	streams?: Array<
		Record<'codec_type' | 'avg_frame_rate', string> & Record<'width' | 'height', number>
	>;
}

/** ffprobe's "30000/1001" as a number. */
function fraction(text = '0'): number {
	const [above, below = 1] = text.split('/').map(Number);
	return above / below || 0;
}

/**
 * Measures a media file with ffprobe.
 * @param file a path, or a URL
 * @throws Error when it is no media file
 */
export async function probe(file: string) {
	const json = await ffprobe(['-show_format', '-show_streams', '-of', 'json', file]);
	const { format, streams = [] } = JSON.parse(json) as FfprobeReport;
	const video = streams.find((stream) => stream.codec_type === 'video');
	return {
		durationSeconds: Number(format?.duration ?? 0),
		/** Pixels, 0 without a video track. */
		width: video?.width ?? 0,
		height: video?.height ?? 0,
		hasVideo: video !== undefined,
		hasAudio: streams.some((stream) => stream.codec_type === 'audio'),
		/** Frames a second of the video track, 0 without one. */
		fps: fraction(video?.avg_frame_rate),
		/** ffprobe's names of the container, separated by commas. */
		format: format?.format_name ?? '',
	};
}
export type Probe = Awaited<ReturnType<typeof probe>>;
