/**
 * Commands: the table of commands, and the way from arguments to one of them.
 * Next:  serve.ts, publish.ts, tail.ts, check-config.ts
 */
import { suggestion } from '../config/nearest.ts'
import { version } from '../ops/version.ts'
import { type Command, UsageError } from './command.ts'

/** Each is loaded only when it is run or described: Redis clients and the like take time to load. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  publish: async () => (await import('./publish.ts')).publish,
  tail: async () => (await import('./tail.ts')).tail,
  size: async () => (await import('./size.ts')).size,
  'check-config': async () => (await import('./check-config.ts')).checkConfig,
}

const NAMES = Object.keys(COMMANDS)
const EXIT_USAGE = 2

/** Runs what the arguments (without node and script) ask for, and returns the exit code. */
export async function runCommand(args: string[]): Promise<number> {
  const [first, ...rest] = args
  try {
    if (first === undefined) {
      process.stderr.write(await describeAll())
      return EXIT_USAGE
    }
    if (first === '--version' || first === '-v') return say(`${version()}\n`)
    if (first === '--help' || first === '-h') return say(await describeAll())
    if (first === 'help') return say(rest[0] ? await describe(rest[0]) : await describeAll())
    if (first.startsWith('-')) {
      const hint = suggestion(first, ['--version', '--help'])
      throw new UsageError(`unknown option ${first}${hint}; options of a command come after it`)
    }
    const load = find(first)
    if (asksForHelp(rest)) return say(await describe(first))
    return await (await load()).run(rest)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const topic = first !== undefined && Object.hasOwn(COMMANDS, first) ? `${first} ` : ''
    process.stderr.write(`tickwire: ${error.message}\nsee: tickwire ${topic}--help\n`)
    return EXIT_USAGE
  }
}

function find(name: string): () => Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load !== undefined) return load
  throw new UsageError(`unknown command '${name}'${suggestion(name, NAMES)}`)
}

/** What follows `--` is never an option. */
function asksForHelp(args: string[]): boolean {
  const end = args.indexOf('--')
  const options = end === -1 ? args : args.slice(0, end)
  return options.includes('--help') || options.includes('-h')
}

async function describe(name: string): Promise<string> {
  const { help } = await find(name)()
  return `${help.trimEnd()}\n`
}

async function describeAll(): Promise<string> {
  const width = Math.max(...NAMES.map((name) => name.length))
  const lines = await Promise.all(
    NAMES.map(async (name) => `  ${name.padEnd(width)}  ${(await find(name)()).summary}`),
  )
  return `tickwire ${version()}: realtime market data over WebSocket

usage: tickwire COMMAND [OPTION...]

commands:
${lines.join('\n')}

options:
  --version     print the version
  --help, -h    print this; after a command, print that command's options

The server is set up by TICKWIRE_* variables: see docs/configuration.md.
`
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}
