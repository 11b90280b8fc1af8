import Rehoming

/// The ways between the loops of one node, as links of the machines: the name of the link from a loop is the loop's index.
///
/// A link between nodes is dropped by closing it, and all that was on its way is gone. Here a number does that: each batch
/// carries the one that its sender was told last, and what is older is not heard.
struct SiblingLinks {
    /// Which words of a loop are heard: those sent under this number.
    private var heard: [Int: UInt32] = [:]
    /// Under which number a loop hears words of this one.
    private var told: [Int: UInt32] = [:]
    private var readers: [Int: PeerAnswerReader] = [:]

    /// The number that a batch for that loop carries.
    func number(for loop: Int) -> UInt32 { told[loop] ?? 0 }

    /// Whether questions of a batch are heard.
    func hears(_ loop: Int, _ number: UInt32) -> Bool { number == heard[loop] ?? 0 }

    /// Hears nothing more of what a loop has sent. Returns the number that it must be told.
    mutating func drop(_ loop: Int) -> UInt32 {
        heard[loop, default: 0] += 1
        return heard[loop] ?? 0
    }

    /// A loop does not hear what it was sent so far.
    mutating func dropped(by loop: Int, _ number: UInt32) { told[loop] = number }

    /// Reads answers of a loop.
    mutating func withReader<Answer, Failure: Error>(
        _ loop: Int, _ body: (inout PeerAnswerReader) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        try body(&readers[loop, default: PeerAnswerReader()])
    }
}
