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
  /** Profiles that are being fetched. The next one may begin before the last one is released. */
  private readonly profiles = new Map<number, AsyncIterator<Uint8Array>>()
  private lastProfile = 0

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
        return this.next(question.profile)
      case 'release':
        return this.release(question.profile)
    }
  }

  private profiler() {
    const found = this.admin.profiler?.('')
    return typeof found === 'string' ? undefined : found
  }

  private begin(pieces: Pieces): number {
    if (pieces === null) return 0
    this.profiles.set(++this.lastProfile, pieces[Symbol.asyncIterator]())
    return this.lastProfile
  }

  private async release(profile: number): Promise<null> {
    await this.profiles.get(profile)?.return?.()
    this.profiles.delete(profile)
    return null
  }

  private async next(profile: number): Promise<Uint8Array | null> {
    const result = await this.profiles.get(profile)?.next()
    return result === undefined || result.done === true ? null : result.value
  }
}
