/// What tells two documents of one service apart: the epoch, and the digest of the bytes.
public struct RingVersion: Hashable, Sendable {
    /// The version.
    public let epoch: Epoch
    /// XXH64 of the document's bytes.
    public let digest: UInt64

    /// A version.
    public init(epoch: Epoch, digest: UInt64) {
        self.epoch = epoch
        self.digest = digest
    }
}

/// What a reader does with a valid document of its service (Ring v1 §7).
public enum Adoption: String, Hashable, Sendable, CaseIterable {
    /// It is newer: swap it in as a whole.
    case adopt
    /// It is older: ignore it.
    case lower
    /// It is the one held: nothing to do.
    case same
    /// Same epoch, other bytes: read the store again, adopt what it holds if that is newer, else keep and report.
    case conflict

    /// Decides between what is held (`nil` at the start) and what is offered. Epochs never go back.
    public static func decide(holding held: RingVersion?, offered: RingVersion) -> Adoption {
        guard let held else { return .adopt }
        if offered.epoch > held.epoch { return .adopt }
        if offered.epoch < held.epoch { return .lower }
        return offered.digest == held.digest ? .same : .conflict
    }
}
