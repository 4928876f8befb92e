/**
 * At exit: what is to be ended with this process, however it ends short of SIGKILL.
 */
const endings = new Set<() => void>()

process.once('exit', () => {
  for (const end of endings) end()
})

/** Returns what takes it back. */
export function atExit(end: () => void): () => void {
  endings.add(end)
  return () => endings.delete(end)
}
