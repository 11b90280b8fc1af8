/// Who owns whom under one epoch: what a ring tells the machines of re-homing.
public protocol OwnerMap {
    /// The ring's epoch.
    var epoch: UInt64 { get }

    /// The epoch of the ring before this one; nil if it is not known. Who did not hold that one has missed rings, and who
    /// owned whom in between.
    var previous: UInt64? { get }

    /// The owner of that user; nil while the ring is empty.
    func owner(of user: [UInt8]) -> Home?

    /// Whether that run of a node is known to the ring, as an owner or as one that drains.
    func names(_ home: Home) -> Bool
}

extension OwnerMap {
    /// Not known: a node takes the ring that it held for the one before this one.
    public var previous: UInt64? { nil }
}
