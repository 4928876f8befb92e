/**
 * Print: the effective settings as text for an operator, and the table of settings as a page of documentation.
 */
import { FILE_SUFFIX, type Setting } from './kinds.ts'
import { type Config, SETTINGS, type SettingKey } from './settings.ts'

/** The table with its values' types set aside: what print() gets is always its own setting's value. */
const ROWS = Object.entries(SETTINGS) as [SettingKey, Setting<unknown>][]

/** One `NAME=value` line for each setting, without passwords; a default is marked as such. */
export function printConfig(config: Readonly<Config>): string {
  const lines = ROWS.map(([key, setting]) => {
    const path = config.secretFiles[key]
    if (path !== undefined) return { assignment: `${setting.env}${FILE_SUFFIX}=${path}`, note: '' }
    const text = setting.print(config[key])
    const isDefault = text === setting.print(setting.fallback)
    return { assignment: `${setting.env}=${text}`, note: isDefault ? noteOf(setting) : '' }
  })
  const width = Math.max(...lines.filter((line) => line.note !== '').map(widthOf))
  return lines
    .map(({ assignment, note }) => `${note ? assignment.padEnd(width) : assignment}${note}\n`)
    .join('')
}

/** The text of docs/configuration.md. */
export function printDocs(): string {
  const rows = ROWS.map(([, setting]) => {
    const fallback = setting.print(setting.fallback)
    const takes = setting.isSecret ? `${setting.takes}, or by \`${FILE_SUFFIX}\`` : setting.takes
    const cells = [`\`${setting.env}\``, takes, fallback ? `\`${fallback}\`` : 'unset']
    return `| ${[...cells, setting.doc].map(escapeCell).join(' | ')} |`
  })
  return `${INTRODUCTION}
| name | takes | default | meaning |
|---|---|---|---|
${rows.join('\n')}
${RULES}`
}

const INTRODUCTION = `# Configuration

<!-- Generated from src/config/settings.ts by \`npm run docs\`. Do not edit. -->

tickwire is set up by environment variables alone. \`node dist/main.js check-config\` prints the effective settings, or
every problem at once.
`

const RULES = `
Rules

- Values are trimmed. An empty value is the same as none.
- A setting that takes its value \`by _FILE\` holds a secret: its name with \`_FILE\` behind, such as
  \`TICKWIRE_REDIS_PASSWORD_FILE\`, is the path of a file whose trimmed content is the value. Both at once are refused, as
  are files that cannot be read or are empty. The passwords of Redis and of the Sentinels are read again at each
  connection to Redis, as are the files of \`TICKWIRE_REDIS_CA\`, \`_CERT\` and \`_KEY\`.
- An unknown name that begins with \`TICKWIRE_\` is refused: a slip of the fingers must not silently give the default.
- \`TICKWIRE_REDIS_URL\` and \`TICKWIRE_FILE\` exclude each other. With neither, updates come from the simulator.
- \`TICKWIRE_PORT\` and \`TICKWIRE_ADMIN_PORT\` must differ where both listen on the same address.
- \`TICKWIRE_SIMULATOR_SYMBOLS\` must not be above \`TICKWIRE_MAX_TOPICS\`.
- \`TICKWIRE_LANE_TIMEOUT_MS\` must be at least twice \`TICKWIRE_HEARTBEAT_MS\`: a quiet client is probed by heartbeats.
- \`TICKWIRE_LANE_WINDOW_BYTES_MIN\` must not be above \`TICKWIRE_LANE_WINDOW_BYTES_MAX\`.
- \`TICKWIRE_TLS_CERT\` and \`TICKWIRE_TLS_KEY\` need each other, as do \`TICKWIRE_REDIS_CERT\` and \`TICKWIRE_REDIS_KEY\`.
- \`TICKWIRE_AUTH=jwt\` needs \`TICKWIRE_JWT_ISSUER\`, \`TICKWIRE_JWT_AUDIENCE\`, and either \`TICKWIRE_JWT_SECRET\` or
  \`TICKWIRE_JWKS\`; the algorithms must fit the one of the two that is set.
- \`TICKWIRE_TRUSTED_HOPS\` and \`TICKWIRE_PROXY_PROTOCOL\` exclude each other, as do the latter and \`TICKWIRE_TLS_CERT\`.
- Secrets, and the password of \`TICKWIRE_REDIS_URL\`, are never printed or logged.
- In Kubernetes, a Service that is called \`tickwire\` makes every pod of its namespace get \`TICKWIRE_PORT=tcp://...\` and
  the like; set \`enableServiceLinks: false\` in the pod.
`

function noteOf(setting: Setting<unknown>): string {
  return setting.print(setting.fallback) === '' ? '   # default: unset' : '   # default'
}

function widthOf(line: { assignment: string }): number {
  return line.assignment.length
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}
