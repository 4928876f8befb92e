/**
 * Request headers that may come more than once.
 */
import type { HttpRequest } from 'uWebSockets.js'

/** The values of all headers of a name (lower case), in their order. getHeader() knows the first alone. */
export function headersOf(req: HttpRequest, name: string): string[] {
  const values: string[] = []
  req.forEach((key, value) => {
    if (key === name) values.push(value)
  })
  return values
}
