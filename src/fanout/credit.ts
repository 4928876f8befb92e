/**
 * Credit: how much a lane may send now. Pure. @hot
 */
import type { Lane } from './lane.ts'

/** A frame stays below this; uWebSockets.js stalls on sends of 16 KiB and more from its drain handler. */
export const FRAME_BYTES_MAX = 12 * 1024

/**
 * How many bytes the lane's next frame may have; 0 holds the lane until it is resumed. A message that is larger than
 * the answer is sent by itself: credit is spent in whole messages, and only 0 stops them.
 */
export function creditBytes(lane: Lane): number {
  return lane.isHeld ? 0 : FRAME_BYTES_MAX
}
