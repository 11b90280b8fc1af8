import SessionLink

/// Gets what a resumed session's former home keeps of it (P10).
///
/// ```
/// waiting ── answer ──▶ done          the home's link lost ──▶ again after a pause, doubled each time
///    └── bounds.fetch over, home not in the ring any more, or it knows nothing ──▶ go on without
/// ```
struct SessionFetch {
    let home: Home
    private let end: Duration
    private var pause: Duration
    private var nextTry: Duration?

    init(from home: Home, now: Duration, bounds: RehomingBounds) {
        self.home = home
        end = now + bounds.fetch
        pause = bounds.retry.lowerBound
        nextTry = now
    }

    /// When time matters next.
    var deadline: Duration { min(end, nextTry ?? end) }

    /// Whether to go on without.
    func isOver(_ now: Duration) -> Bool { now >= end }

    /// Whether to ask now; then the answer is waited for.
    mutating func isDue(_ now: Duration) -> Bool {
        guard let time = nextTry, time <= now else { return false }
        nextTry = nil
        return true
    }

    /// The home's link was lost.
    mutating func lost(_ now: Duration, bounds: RehomingBounds) {
        guard nextTry == nil else { return }
        nextTry = now + pause
        pause = min(pause * 2, bounds.retry.upperBound)
    }
}
