/**
 * Topic ids: a small number for each topic of all markets, used again once its topic is forgotten. Pure.
 * Other rooms index arrays by it, so two topics must never have the same.
 */
export class TopicIds {
  private readonly free: number[] = []
  private next = 0

  take(): number {
    return this.free.pop() ?? this.next++
  }

  giveBack(id: number): void {
    this.free.push(id)
  }
}
