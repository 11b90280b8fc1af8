import Reactor

/// What the edges of all loops of a process share, so that a bound is the process's and not a loop's.
public struct ProcessBounds: Sendable {
    /// Whether one more connection may come in at all.
    public let gate: AcceptGate
    /// How many clients there may be, in all and from one address.
    public let caps: ClientCaps

    /// Bounds to share; without values there are none.
    public init(gate: AcceptGate = AcceptGate(), caps: ClientCaps = ClientCaps()) {
        self.gate = gate
        self.caps = caps
    }
}
