/** The file source keeps the contract of a source. */
import { FileSource } from '../../src/ingest/file.ts'
import { temporaryFile } from '../support/temporary-file.ts'
import { sourceContract } from './source.ts'

const LINES = ['{"symbol":"A","bid":"1"}', '{"symbol":"B","last":2,"live":true}']

sourceContract('the file source', async () => {
  const file = await temporaryFile('two.ndjson', `${LINES.join('\n')}\n`)
  const topicTemplate = 'ticker:{symbol}'
  return {
    make: () => new FileSource({ path: file.path, topicTemplate, speed: 'max', loop: true }),
    dispose: file.remove,
  }
})
