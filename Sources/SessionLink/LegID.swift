/// Names a leg on one link: a slot and how often that slot was used before, so that a late frame of a leg that ended
/// is never taken for the leg that has its slot now.
public struct LegID: Sendable, Hashable, CustomStringConvertible {
    /// The highest slot index, 2^24 - 1.
    public static let maxIndex = 0xff_ffff

    /// No leg: frames about the link itself.
    public static let link = LegID(rawValue: 0)

    /// Slot in the low 24 bits, generation (1…255, 0 only in `link`) in the high 8.
    public let rawValue: UInt32

    /// The leg of a number from the wire.
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    init(index: Int, generation: UInt8) {
        precondition(index >= 0 && index <= LegID.maxIndex, "a leg's slot has 24 bits")
        rawValue = UInt32(generation) << 24 | UInt32(index)
    }

    /// The slot.
    @inlinable
    public var index: Int { Int(rawValue & 0xff_ffff) }

    /// How often the slot was used, modulo 255, from 1.
    @inlinable
    public var generation: UInt8 { UInt8(rawValue >> 24) }

    /// `slot.generation`
    public var description: String { "\(index).\(generation)" }
}
