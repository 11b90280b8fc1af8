// Inlinable, because an unspecialised generic costs 140 ns per lookup, on a path that looks up a leg per message.

/// The legs that the *other* side of a link opened, under the ids which it chose. Slots are as dense as the other side
/// keeps them; an id beyond the capacity is refused, so a hostile one costs no more than the table may.
public struct PeerLegTable<Value> {
    @usableFromInline
    struct Slot {
        @usableFromInline var value: Value?
        @usableFromInline var generation: UInt8 = 0
    }

    @usableFromInline var slots: ContiguousArray<Slot> = []
    @usableFromInline let capacity: Int

    /// How many legs are open.
    public internal(set) var count = 0

    /// A table for at most `capacity` slots (default 65,536, limit 2^24).
    public init(capacity: Int = 65_536) { self.capacity = min(max(capacity, 0), LegID.maxIndex + 1) }

    /// Takes a leg that the other side opened; false if the id is `LegID.link`, beyond the capacity or in use.
    /// O(1), amortised over the growth of the table.
    public mutating func open(_ leg: LegID, _ value: Value) -> Bool {
        guard leg.generation != 0, leg.index < capacity else { return false }
        while slots.count <= leg.index { slots.append(Slot()) }
        guard slots[leg.index].value == nil else { return false }
        slots[leg.index] = Slot(value: value, generation: leg.generation)
        count += 1
        return true
    }

    /// What belongs to a leg; nil for one that is not open (any more). Setting changes an open leg and nothing else.
    @inlinable
    public subscript(leg: LegID) -> Value? {
        get { isOpen(leg) ? slots[leg.index].value : nil }
        set {
            guard let newValue, isOpen(leg) else { return }
            slots[leg.index].value = newValue
        }
    }

    /// Ends a leg and returns what belonged to it; nil if it is not open.
    @discardableResult
    public mutating func close(_ leg: LegID) -> Value? {
        guard isOpen(leg) else { return nil }
        let value = slots[leg.index].value
        slots[leg.index].value = nil
        count -= 1
        return value
    }

    /// Visits every open leg, in no particular order. O(slots).
    public func forEach(_ body: (LegID, Value) -> Void) {
        for index in slots.indices {
            guard let value = slots[index].value else { continue }
            body(LegID(index: index, generation: slots[index].generation), value)
        }
    }

    @inlinable
    func isOpen(_ leg: LegID) -> Bool {
        leg.index < slots.count && slots[leg.index].generation == leg.generation && slots[leg.index].value != nil
    }
}
