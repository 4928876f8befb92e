/**
 * Answering: a worker's answers to what its supervisor asks, for the admin port that it has none of.
 */
import type { Metrics } from '../ops/metrics.ts'
import type { AdminPorts } from '../transport/admin.ts'
import type { Pieces } from '../transport/profiles.ts'
import type { Answers, FromWorker, Question } from './messages.ts'

export class Answering {
  private readonly admin: AdminPorts & { readonly metrics: Metrics }
  private readonly say: (message: FromWorker) => void
  /** The profile that is being fetched. */
  private profile: AsyncIterator<Uint8Array> | null = null

  constructor(
    admin: AdminPorts & { readonly metrics: Metrics },
    say: (message: FromWorker) => void,
  ) {
    this.admin = admin
    this.say = say
  }

  /** Answers when it can; what cannot be answered is logged, and whoever asked gives up after a while. */
  answer(id: number, question: Question): void {
    this.find(question).then(
      (answer) => this.say({ type: 'answer', id, answer }),
      (error: unknown) => {
        this.admin.onError(error)
        this.say({ type: 'answer', id, answer: undefined })
      },
    )
  }

  private async find(question: Question): Promise<Answers[Question['about']]> {
    const { admin } = this
    switch (question.about) {
      case 'readiness':
        return admin.readiness()
      case 'metrics':
        return admin.metrics.snapshot()
      case 'lanes':
        return admin.lanes(question.top)
      case 'heap':
        return this.begin((await this.profiler()?.heap()) ?? null)
      case 'cpu':
        return this.begin((await this.profiler()?.cpu(question.seconds)) ?? null)
      case 'piece':
        return this.next()
      case 'release':
        await this.profile?.return?.()
        this.profile = null
        return null
    }
  }

  private profiler() {
    const found = this.admin.profiler?.('')
    return typeof found === 'string' ? undefined : found
  }

  private begin(pieces: Pieces): boolean {
    if (pieces !== null) this.profile = pieces[Symbol.asyncIterator]()
    return pieces !== null
  }

  private async next(): Promise<Uint8Array | null> {
    const result = await this.profile?.next()
    return result === undefined || result.done === true ? null : result.value
  }
}
