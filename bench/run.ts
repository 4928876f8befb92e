/**
 * Bench: the command line of all benchmarks. See HELP, and bench/scenario/ for what they ask.
 * Next:  stage/run.ts runScenario()
 */
import { writeFileSync } from 'node:fs'
import { parseRequest, type RunRequest, UsageError } from './command/arguments.ts'
import { interruptSignal } from './command/interrupt.ts'
import { Progress } from './command/progress.ts'
import { runCompare } from './report/compare.ts'
import { printHtml } from './report/html.ts'
import { printResult } from './report/table.ts'
import { SCENARIOS } from './scenario/index.ts'
import { runScenario } from './stage/run.ts'

const HELP = `usage: npm run bench -- SCENARIO [--set key=value ...] [--smoke] [--json FILE] [--html FILE]
                            [--redis redis://...] [--url ws://... [--admin http://...]]
       npm run bench -- list
       npm run bench -- compare A.json B.json [--fail-on FIGURE:+N%]...

Starts a Redis, the servers to compare, a publisher and clients as processes of their own, measures some rounds, and
prints what it found. Servers share the first core and everything else has the others, so that a stall of the machine
hits all servers alike: quote ratios between them.

  --set key=value   changes one of the scenario's values; list tells them
  --smoke           a small size: checks that everything works, and its figures say nothing
  --json FILE       writes the result, for compare and for docs
  --html FILE       writes a page with charts, which needs no network
  --redis URL       publishes to this Redis instead of starting one
  --url URL         measures the tickwire that runs there, which reads the Redis of --redis
  --admin URL       its admin port, such as http://host:9001: CPU and memory are read from its metrics

Ctrl-C ends the measuring, and what was found is reported; once more, and everything ends at once.

Exit codes
  0    done
  1    something is broken: values came out of order or were missing, clients were disconnected, a server ended
  2    the command line is wrong
  3    the machine was too busy for the figures to be quoted; with --smoke, which has none to quote, a note alone
  130  interrupted`

const EXIT_BROKEN = 1
const EXIT_USAGE = 2
const EXIT_SLOW = 3
const EXIT_INTERRUPTED = 130

async function main(args: readonly string[]): Promise<number> {
  const request = parseRequest(args, SCENARIOS)
  switch (request.kind) {
    case 'help':
      console.log(HELP)
      return 0
    case 'list':
      console.log(list())
      return 0
    case 'compare':
      return runCompare(request.args)
    case 'run':
      return run(request, args)
  }
}

async function run(request: RunRequest, args: readonly string[]): Promise<number> {
  const progress = new Progress()
  const interrupt = interruptSignal((text) => progress.say(text))
  const command = `npm run bench -- ${withoutOutputs(args).map(quoted).join(' ')}`
  const { result, isBroken } = await runScenario({ ...request, progress, command, interrupt })
  console.log(printResult(result))
  if (request.json !== null) writeFileSync(request.json, `${JSON.stringify(result, null, 2)}\n`)
  if (request.html !== null) writeFileSync(request.html, printHtml(result))
  if (interrupt.aborted) return EXIT_INTERRUPTED
  if (isBroken) return EXIT_BROKEN
  return result.voids.length > 0 ? EXIT_SLOW : 0
}

function list(): string {
  return SCENARIOS.map(({ name, question, values }) => {
    const pairs = Object.entries(values).map(([key, value]) => `${key}=${value}`)
    return `${name}: ${question}\n    ${pairs.join(' ')}`
  }).join('\n')
}

/** Where a result was written to is nothing of the run. */
function withoutOutputs(args: readonly string[]): string[] {
  const isOutput = (word = '') => /^--(json|html)$/.test(word)
  return args.filter(
    (word, i) => !isOutput(word) && !isOutput(args[i - 1]) && !/^--(json|html)=/.test(word),
  )
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function refused(error: Error): number {
  console.error(`bench: ${error.message}`)
  if (!(error instanceof UsageError)) return EXIT_BROKEN
  console.error('bench: --help tells more')
  return EXIT_USAGE
}

// Whatever is left of what was started ends with it.
process.exit(await main(process.argv.slice(2)).catch(refused))
