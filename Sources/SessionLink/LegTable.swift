// Inlinable, because an unspecialised generic costs 140 ns per lookup, on a path that looks up a leg per message.

/// The legs that this side opened on one link, and what belongs to each. All calls are O(1); nothing is allocated per
/// leg, only when the table grows.
///
/// Slots are given out again in the order in which they came free, so a slot's generation comes round only after all
/// free slots were used 255 times: a frame would have to be that late to be taken for another leg's.
public struct LegTable<Value> {
    @usableFromInline
    struct Slot {
        @usableFromInline var value: Value?
        /// Of the leg in it, or of the next one.
        @usableFromInline var generation: UInt8 = 1
        /// The next free slot, -1 for none.
        @usableFromInline var nextFree: Int32 = -1
    }

    @usableFromInline var slots: ContiguousArray<Slot> = []
    @usableFromInline var firstFree: Int32 = -1
    @usableFromInline var lastFree: Int32 = -1
    @usableFromInline let capacity: Int

    /// How many legs are open.
    public internal(set) var count = 0

    /// A table for at most `capacity` legs (default and limit 2^24).
    public init(capacity: Int = LegID.maxIndex + 1) {
        self.capacity = min(max(capacity, 0), LegID.maxIndex + 1)
    }

    /// Opens a leg; nil if the table is full.
    public mutating func open(_ value: Value) -> LegID? {
        let index: Int
        if firstFree >= 0 {
            index = Int(firstFree)
            firstFree = slots[index].nextFree
            if firstFree < 0 { lastFree = -1 }
        } else {
            guard slots.count < capacity else { return nil }
            index = slots.count
            slots.append(Slot())
        }
        slots[index].value = value
        count += 1
        return LegID(index: index, generation: slots[index].generation)
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
        let index = leg.index
        let value = slots[index].value
        slots[index].value = nil
        slots[index].generation = slots[index].generation == 255 ? 1 : slots[index].generation + 1
        slots[index].nextFree = -1
        if lastFree >= 0 { slots[Int(lastFree)].nextFree = Int32(index) } else { firstFree = Int32(index) }
        lastFree = Int32(index)
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
