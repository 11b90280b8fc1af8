/// What one cluster of a demo is given to do.
struct DemoSetup: Sendable {
    let plan: DemoPlan
    let delivery: DemoDelivery
    let users: Int
    /// Messages per second and user.
    let rate: Double
    let seed: UInt64
    let service = "chat"
    let schedule: DemoSchedule
    /// Over how long plans A and B close sessions.
    let closeOver: Duration
    let isVerbose: Bool

    /// Between two messages of a user.
    var intervalNanoseconds: Int64 { Int64(1e9 / rate) }

    /// What clients offer.
    var subprotocols: [String] { type(of: delivery.speaker()).subprotocols }
}

/// How the crowd is.
struct DemoStatus: Sendable {
    /// Users with a session.
    var connected = 0
    /// Users who were told not to come back.
    var gone = 0
    /// What the first of them was told.
    var goneWhy: String?
    /// Messages without a last outcome.
    var unresolved = 0
    /// Attempts to connect that failed, by the reason.
    var failedAttempts: [String: Int] = [:]
    /// Arrivals that no user wrote.
    var strange = 0
}

/// The data of a demo's message: who wrote it, the how-manieth it is, when it was written.
struct DemoData: Hashable {
    let sender: Int
    let number: Int
    /// Microseconds since the demo began.
    let written: Int64

    init(sender: Int, number: Int, written: Int64) {
        self.sender = sender
        self.number = number
        self.written = written
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let sender = Int(parts[0]), let number = Int(parts[1]), let written = Int64(parts[2])
        else { return nil }
        self.init(sender: sender, number: number, written: written)
    }

    var text: String { "\(sender).\(number).\(written)" }
}
